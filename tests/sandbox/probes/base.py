"""What the probes share. This text and those beside it are run inside a child, and once more unconfined as the control.

Standard library only. A probe answers with the errno it met, with ``ok``, or with a word of its own.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import sys
from collections.abc import Callable
from typing import Any

Given = dict[str, Any]
PROBES: dict[str, Callable[[Given], object]] = {}

ANSWERED = 7
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long
X86_64 = {
    "sendmmsg": 307, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "clone": 56,
    "clone3": 435, "unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "mount_setattr": 442, "keyctl": 250, "add_key": 248, "request_key": 249, "bpf": 321, "perf_event_open": 298,
    "userfaultfd": 323, "kexec_load": 246, "init_module": 175, "finit_module": 313, "delete_module": 176,
    "open_by_handle_at": 304, "personality": 135, "modify_ldt": 154, "quotactl": 179, "acct": 163,
    "settimeofday": 164, "shmget": 29, "shmat": 30, "msgget": 68, "semget": 64, "mq_open": 240, "ptrace": 101,
    "process_vm_readv": 310, "process_vm_writev": 311, "pidfd_open": 434, "pidfd_getfd": 438, "tgkill": 234,
    "prlimit64": 302, "ioprio_set": 251, "sched_setaffinity": 203, "memfd_create": 319, "execveat": 322,
    "capset": 126, "seccomp": 317, "landlock_create_ruleset": 444, "vfork": 58, "sched_setscheduler": 144,
    "process_madvise": 440, "name_to_handle_at": 303, "vhangup": 153, "fanotify_init": 300, "memfd_secret": 447,
    "pidfd_send_signal": 424, "setpriority": 141, "rt_sigqueueinfo": 129, "kcmp": 312, "inotify_init1": 294,
    "timer_create": 222, "timerfd_create": 283, "signalfd4": 289, "vmsplice": 278, "splice": 275, "tee": 276,
    "mlockall": 151, "mlock": 149, "mbind": 237, "set_mempolicy": 238, "migrate_pages": 256, "move_pages": 279,
    "swapon": 167, "reboot": 169, "sethostname": 170, "syslog": 103, "kexec_file_load": 320, "clock_settime": 227,
    "clock_adjtime": 305, "setitimer": 38, "sched_setattr": 314, "ioprio_get": 252, "pkey_alloc": 330,
    "rt_tgsigqueueinfo": 297, "tkill": 200, "io_setup": 206, "remap_file_pages": 216, "get_robust_list": 274,
    "msgsnd": 69, "semop": 65, "mq_timedsend": 242, "mq_timedreceive": 243, "mq_unlink": 241, "sendto": 44,
    "sendmsg": 46, "ioctl": 16, "fcntl": 72, "prctl": 157, "process_mrelease": 448, "landlock_add_rule": 445,
    "landlock_restrict_self": 446, "mseal": 462, "map_shadow_stack": 453, "futex_wake": 454, "statmount": 457,
    "listmount": 458, "lsm_get_self_attr": 459, "lsm_set_self_attr": 460, "lsm_list_modules": 461, "cachestat": 451,
    "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466, "open_tree_attr": 467, "file_getattr": 468,
    "file_setattr": 469, "quotactl_fd": 443,
}  # fmt: skip
AARCH64 = {
    **X86_64, "sendmmsg": 269, "clone": 220, "unshare": 97, "setns": 268, "mount": 40, "umount2": 39,
    "pivot_root": 41, "chroot": 51, "keyctl": 219, "add_key": 217, "request_key": 218, "bpf": 280,
    "perf_event_open": 241, "userfaultfd": 282, "kexec_load": 104, "init_module": 105, "finit_module": 273,
    "delete_module": 106, "open_by_handle_at": 265, "personality": 92, "quotactl": 60, "acct": 89,
    "settimeofday": 170, "shmget": 194, "shmat": 196, "msgget": 186, "semget": 190, "mq_open": 180, "ptrace": 117,
    "process_vm_readv": 270, "process_vm_writev": 271, "tgkill": 131, "prlimit64": 261, "ioprio_set": 30,
    "sched_setaffinity": 122, "memfd_create": 279, "execveat": 281, "capset": 91, "seccomp": 277,
    "sched_setscheduler": 119, "name_to_handle_at": 264, "vhangup": 58, "fanotify_init": 262, "setpriority": 140,
    "rt_sigqueueinfo": 138, "kcmp": 272, "inotify_init1": 26, "timer_create": 107, "timerfd_create": 85,
    "signalfd4": 74, "vmsplice": 75, "splice": 76, "tee": 77, "mlockall": 230, "mlock": 228, "mbind": 235,
    "set_mempolicy": 237, "migrate_pages": 238, "move_pages": 239, "swapon": 224, "reboot": 142, "sethostname": 161,
    "syslog": 116, "kexec_file_load": 294, "clock_settime": 112, "clock_adjtime": 266, "setitimer": 103,
    "sched_setattr": 274, "ioprio_get": 31, "pkey_alloc": 289, "rt_tgsigqueueinfo": 240, "tkill": 130, "io_setup": 0,
    "remap_file_pages": 234, "get_robust_list": 100, "msgsnd": 189, "semop": 193, "mq_timedsend": 182,
    "mq_timedreceive": 183, "mq_unlink": 181, "sendto": 206, "sendmsg": 211, "ioctl": 29, "fcntl": 25, "prctl": 167,
}  # fmt: skip
NUMBERS = {"x86_64": X86_64, "aarch64": AARCH64}[os.uname().machine]


def probe(act: Callable[[Given], object]) -> Callable[[Given], object]:
    PROBES[act.__name__] = act
    return act


def call(name: str, *arguments: object) -> int:
    """A raw system call.

    Raises:
        OSError: as it answered.
    """
    passed = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result: int = LIBC.syscall(ctypes.c_long(NUMBERS[name]), *passed)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def answer(act: Callable[[Given], object], given: Given) -> str:
    """What a probe met, in a word."""
    try:
        said = act(given)
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, type(error).__name__)
    except Exception as error:
        return type(error).__name__
    return said if isinstance(said, str) else "ok"


def run(given: Given) -> None:
    """Every probe asked for, each on a line of its own. Unconfined each has a process of its own: some succeed."""
    for name in given["probes"]:
        if given["apart"]:
            sys.stdout.flush()
            pid = os.fork()
            if pid:
                if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0:
                    sys.stdout.write(json.dumps([name, "ok"]) + "\n")  # it became another program, which ended well
                continue
        sys.stdout.write(json.dumps([name, answer(PROBES[name], given)]) + "\n")
        sys.stdout.flush()
        if given["apart"]:
            os._exit(ANSWERED)
