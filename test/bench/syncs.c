// Preloaded into every process of a measurement. Counts the calls that wait for the disk, and can make each of them
// slow and one at a time, which is what an SD card does.
//   SYNCS_FILE=path      a file of eight bytes: the count, shared by all the processes
//   SYNCS_DELAY_US=10000 added to each call, under a lock that all the processes share
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const char *path;
static long delay_us;
static _Atomic uint64_t *count;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_msync)(void *, size_t, int);

__attribute__((constructor)) static void load(void) {
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_msync = dlsym(RTLD_NEXT, "msync");
  path = getenv("SYNCS_FILE");
  const char *delay = getenv("SYNCS_DELAY_US");
  delay_us = delay ? atol(delay) : 0;
  if (!path) return;
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void *page = mmap(0, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) count = page;
  close(file);
}

// The lock belongs to the open file, not to the process, so that it holds between threads too and ends with a kill.
static int begin(void) {
  if (count) atomic_fetch_add(count, 1);
  if (delay_us <= 0) return -1;
  int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  while (file >= 0 && fcntl(file, F_OFD_SETLKW, &whole) < 0 && errno == EINTR);
  struct timespec left = {delay_us / 1000000, (delay_us % 1000000) * 1000};
  while (nanosleep(&left, &left) < 0 && errno == EINTR);
  return file;
}

static int end(int file, int result) {
  int saved = errno;
  if (file >= 0) close(file);
  errno = saved;
  return result;
}

int fsync(int fd) {
  int file = begin();
  return end(file, real_fsync(fd));
}

int fdatasync(int fd) {
  int file = begin();
  return end(file, real_fdatasync(fd));
}

int msync(void *address, size_t length, int flags) {
  if (!(flags & MS_SYNC)) return real_msync(address, length, flags);
  int file = begin();
  return end(file, real_msync(address, length, flags));
}
