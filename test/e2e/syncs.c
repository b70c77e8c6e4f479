// Preloaded into a daemon: what its disk does with a sync is up to files that the test makes.
//   SYNCS_HOLD=path   while this file is there a sync does not come back
//   SYNCS_FAIL=path   while this file is there a sync fails
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int there(const char *name) {
  const char *path = getenv(name);
  return path && access(path, F_OK) == 0;
}

static int spoiled(void) {
  struct timespec moment = {0, 2000000};
  while (there("SYNCS_HOLD")) nanosleep(&moment, 0);
  if (!there("SYNCS_FAIL")) return 0;
  errno = EIO;
  return 1;
}

int fsync(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  return spoiled() ? -1 : real(fd);
}

int fdatasync(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
  return spoiled() ? -1 : real(fd);
}
