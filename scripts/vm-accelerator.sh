#!/bin/sh
# Prints how QEMU can run a kernel of Debian here: `kvm`, or `tcg`, which emulates the processor.
#
# kvm_pvm (KVM without hardware virtualization) runs only kernels built for it: others stop before their first message.
if [ -r /dev/kvm ] && [ -w /dev/kvm ] && [ ! -d /sys/module/kvm_pvm ]; then echo kvm; else echo tcg; fi
