# Process 1 of the arm64 machine, after the init of its image: in the clone the build and the modules of this machine, and
# the disk at /run/disk. RIG_CLONE and RIG_JOB come from the kernel's command line.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t configfs config /sys/kernel/config # where simulated GPIO chips are made
mount -t tmpfs tmpfs /run
mkdir -p /dev/shm /run/disk
mount -t tmpfs tmpfs /dev/shm
ip link set lo up

mount -t ext4 -o ro /dev/vdb "$RIG_CLONE/dist"
mount --bind /node_modules "$RIG_CLONE/node_modules"
# Not cached: each write is one of the host's, so no line is lost with the power.
mount -t 9p -o trans=virtio,version=9p2000.L,cache=none,msize=262144 rig "$RIG_CLONE/.rig"

set -a
. "$RIG_JOB" # RIG_FS RIG_OUT RIG_STATUS RIG_PATIENCE RIG_PAGES RIG_CMD, written by arm64-machine.mjs
set +a
if mount -t "$RIG_FS" /dev/vdc /run/disk 2>>"$RIG_OUT" && cd "$RIG_CLONE"; then
  sh -c "$RIG_CMD" >>"$RIG_OUT" 2>&1 </dev/null
  echo $? >"$RIG_STATUS"
else
  echo "the $RIG_FS disk cannot be mounted" >>"$RIG_OUT"
  echo 126 >"$RIG_STATUS"
fi

sync
poweroff -f
