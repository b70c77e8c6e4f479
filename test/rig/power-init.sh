#!/bin/bash
# Process 1 of the machine that `power` boots: the host's files as root, devices of its own, the disk at /run/disk.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t configfs config /sys/kernel/config # where simulated GPIO chips are made
mount -t tmpfs tmpfs /run
mkdir -p /dev/shm /run/disk
mount -t tmpfs tmpfs /dev/shm
# The loopback, up: SIOCSIFFLAGS with IFF_UP. perl again, for there may be no `ip`.
perl -e 'use Socket; socket(S, AF_INET, SOCK_DGRAM, 0); $up = pack("a16 s x22", "lo", 1); ioctl(S, 0x8914, $up)'

. "$RIG_DIR/job" # RIG_CWD RIG_FS RIG_BREAKABLE RIG_OUT RIG_CMD, written by `power`
device=/dev/ubda
if [ -n "$RIG_BREAKABLE" ]; then
  echo "0 $(blockdev --getsz $device) linear $device 0" | dmsetup create --noudevsync disk >>"$RIG_OUT" 2>&1
  device=/dev/dm-0 # nobody here makes links to it
fi
if mount -t "$RIG_FS" "$device" /run/disk 2>>"$RIG_OUT" && cd "$RIG_CWD"; then
  # Appended straight to a file of the host: hostfs hands each write on at once, so no line is lost with the power.
  sh -c "$RIG_CMD" >>"$RIG_OUT" 2>&1 </dev/null
  echo $? >"$RIG_DIR/status"
else
  echo "the $RIG_FS disk cannot be mounted" >>"$RIG_OUT"
  echo 126 >"$RIG_DIR/status"
fi

sync
# reboot(2) with RB_POWER_OFF: perl is on every Debian, a `poweroff` that works without systemd is not.
perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc, 0)'
