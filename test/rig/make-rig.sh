#!/bin/bash
# Builds the kernel of the power-cut rig once, and prints its path; everything else it says goes to stderr.
#
#   make-rig.sh            build it if the cache has none
#   make-rig.sh --where    only say where it is, or would be
#
# The kernel is user-mode Linux from Debian's own kernel source: GPL, 5 MB, never in the repository. It is cached
# outside the clone by the hash of the two files that decide what it is, this one and uml.config, so editing either
# builds anew (about three minutes on two cores) and nothing else does.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hash=$(cat "$here/make-rig.sh" "$here/uml.config" | sha256sum | cut -c1-16)
cache=${HOLDFAST_RIG_CACHE:-${HOME:-/root}/.cache/holdfast-rig}
kernel=$cache/$hash/linux-um
source=linux-source-6.12

if [ "${1:-}" = --where ]; then echo "$kernel"; exit 0; fi

say() { echo "make-rig: $*" >&2; }
log=$(mktemp)
work=
trap 'rm -rf "$log" "$work"' EXIT
run() { "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; say "failed: $*"; exit 1; }; }

install() { # PACKAGE...
  say "apt-get install $*"
  run apt-get update
  DEBIAN_FRONTEND=noninteractive run apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# What every boot needs, also where the kernel came out of a cache.
for tool in mkfs.ext4 mkfs.f2fs dmsetup perl setsid; do
  PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >"$log" || { install e2fsprogs f2fs-tools dmsetup perl-base util-linux; break; }
done
if [ -x "$kernel" ]; then echo "$kernel"; exit 0; fi

# Two suites may want the kernel at once: the second waits for the first, and finds it done.
mkdir -p "$cache/$hash"
exec 9>"$cache/$hash/lock"
flock 9
if [ -x "$kernel" ]; then echo "$kernel"; exit 0; fi

work=$(mktemp -d "$cache/$hash/build.XXXXXX")
install build-essential flex bison bc xz-utils perl

say "fetching and unpacking $source (150 MB, 1.6 GB unpacked)"
cd "$work"
# apt's own user may not write here; without this it says so for each file.
run apt-get -o APT::Sandbox::User="$(id -un)" download "$source"
dpkg-deb --fsys-tarfile "$source"_*.deb | tar x --strip-components=3 "./usr/src/$source.tar.xz"
tar xJf "$source.tar.xz"
rm "$source"_*.deb "$source.tar.xz"
cd "$source"

# Two constants of the architecture are too small for simulated GPIO lines. A pattern that no longer matches must be
# an error: the kernel would build all the same, and each edge request would end ENXIO.
edit() { # FILE SED-SCRIPT WHAT-MUST-BE-THERE-THEN
  sed -i "$2" "$1"
  grep -qE "$3" "$1" || { say "$1 of $source is not what this script expects"; exit 1; }
}
edit arch/um/include/asm/irq.h \
  's/^#define NR_IRQS\t\t\tUM_LAST_SIGNAL_IRQ$/#define NR_IRQS\t\t\t(UM_LAST_SIGNAL_IRQ + 960)/' 'NR_IRQS.*[+] 960'
edit arch/um/Kconfig '/^config HZ$/,/^$/s/default 100$/default 1000/' 'default 1000'

say "building on $(nproc) cores"
run make ARCH=um KCONFIG_ALLCONFIG="$here/uml.config" O="$work/out" allnoconfig
run nice -n 10 make ARCH=um O="$work/out" -j"$(nproc)" linux

# One rename makes it appear: a build that was interrupted leaves nothing that looks like a kernel.
strip -o "$work/linux-um" "$work/out/linux"
mv "$work/linux-um" "$kernel"
say "$kernel after $SECONDS s"
echo "$kernel"
