#!/usr/bin/env python3
"""Leases tasks of a kind and counts the letters of their text: remote-worker.py SOCKET KIND"""
import http.client, json, socket, sys, time

SOCKET, KIND = sys.argv[1:]

class Daemon(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(SOCKET)

def post(path, body):
    connection = Daemon("holdfast", timeout=90)
    connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read() or "null")

def work(task, at):
    status, _ = post(f"{at}/heartbeat", {"progress": "counting"})  # 409: the task is not ours any more
    return {"letters": len(task["input"]["text"])} if status == 204 else None

while True:
    try:
        status, answer = post("/v1/leases", {"worker": "python", "kinds": [KIND], "wait": "60s"})
    except OSError:
        time.sleep(1)  # the daemon is not there: it may be starting
        continue
    if status != 200 and status < 500:
        sys.exit(f"{answer['code']}: {answer['detail']} {answer['hint']}")
    for task in answer.get("items", []):
        at = f"/v1/leases/{task['lease']}"
        try:
            post(f"{at}/success", {"result": work(task, at)})
        except (KeyError, TypeError) as error:
            post(f"{at}/failure", {"error": {"message": repr(error)}, "terminal": True})
