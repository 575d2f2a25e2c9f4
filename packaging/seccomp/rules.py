"""What a confined child may ask of the kernel. Everything not named here answers EPERM.

A name alone allows the call whatever its arguments. ``CONDITIONS`` allows a call for some arguments only: each row is one
alternative, a tuple of ``(argument index, mask, value)`` that all have to match on 64 bits.
Names an architecture does not have are left out of its filter.
"""

from __future__ import annotations

ALLOWED = (
    # memory
    *("brk", "madvise", "membarrier", "mincore", "mprotect", "mremap", "msync", "munmap"),
    # open descriptors; nothing here changes an owner, a mode, a time or an attribute
    *("close", "close_range", "copy_file_range", "dup", "dup2", "dup3", "fadvise64", "fallocate", "fdatasync", "flock"),
    *(
        "fstat",
        "fstatfs",
        "fsync",
        "ftruncate",
        "getdents",
        "getdents64",
        "lseek",
        "pipe",
        "pipe2",
        "pread64",
        "preadv",
    ),
    *("preadv2", "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readv", "sendfile", "sync_file_range"),
    *("write", "writev"),
    # paths: Landlock and the mount namespace decide which; no links, no special files
    *("access", "chdir", "faccessat", "faccessat2", "fchdir", "getcwd", "lstat", "mkdir", "mkdirat", "newfstatat"),
    *(
        "open",
        "openat",
        "readlink",
        "readlinkat",
        "rename",
        "renameat",
        "renameat2",
        "rmdir",
        "stat",
        "statfs",
        "statx",
    ),
    *("umask", "unlink", "unlinkat"),
    # waiting
    *("epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd", "eventfd2"),
    *("poll", "ppoll", "pselect6", "select"),
    # a socket pair inside the process
    *("getpeername", "getsockname", "getsockopt", "recvfrom", "shutdown"),
    # threads and the process itself
    *("exit", "exit_group", "futex", "futex_waitv", "get_robust_list", "getcpu", "getegid", "geteuid", "getgid"),
    *("getgroups", "getpgid", "getpgrp", "getpid", "getppid", "getrandom", "getresgid", "getresuid", "getrlimit"),
    *("getrusage", "getsid", "gettid", "getuid", "restart_syscall", "rseq", "sched_get_priority_max"),
    *("sched_get_priority_min", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_yield"),
    *("set_robust_list", "set_tid_address", "sysinfo", "uname"),
    # its own signal handlers; sending a signal is not allowed
    *(
        "rt_sigaction",
        "rt_sigpending",
        "rt_sigprocmask",
        "rt_sigreturn",
        "rt_sigsuspend",
        "rt_sigtimedwait",
        "sigaltstack",
    ),
    # time
    *("clock_getres", "clock_gettime", "clock_nanosleep", "gettimeofday", "nanosleep", "time", "times"),
)

ALL_BITS = 2**64 - 1
LOW_BITS = 2**32 - 1

THREAD = 0x003D0F00
"""VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, SETTLS, PARENT_SETTID, CHILD_CLEARTID: what a C library passes for a thread."""
DETACHED = 0x00400000
"""A flag the kernel ignores and musl sets."""

MAP_TYPE, MAP_PRIVATE, MAP_ANONYMOUS = 0x0F, 0x02, 0x20

AF_UNIX = 1
SOCK_STREAM = 1
SOCK_FLAGS = 0o2004000
"""SOCK_CLOEXEC and SOCK_NONBLOCK."""

IOCTLS = {
    "TCGETS": 0x5401,
    "TIOCGWINSZ": 0x5413,
    "FIONREAD": 0x541B,
    "FIONBIO": 0x5421,
    "FIONCLEX": 0x5450,
    "FIOCLEX": 0x5451,
}
FCNTLS = {
    "F_DUPFD": 0,
    "F_GETFD": 1,
    "F_SETFD": 2,
    "F_GETFL": 3,
    "F_SETFL": 4,
    "F_GETLK": 5,
    "F_SETLK": 6,
    "F_SETLKW": 7,
    "F_OFD_GETLK": 36,
    "F_OFD_SETLK": 37,
    "F_OFD_SETLKW": 38,
    "F_DUPFD_CLOEXEC": 1030,
}
PRCTLS = {"PR_SET_NAME": 15, "PR_GET_NAME": 16, "PR_SET_VMA": 0x53564D41}
ARCH_PRCTLS = {"ARCH_GET_XCOMP_SUPP": 0x1021, "ARCH_GET_XCOMP_PERM": 0x1022, "ARCH_REQ_XCOMP_PERM": 0x1023}
"""Asking for the tile registers matrix libraries use."""

Condition = tuple[int, int, int]

CONDITIONS: tuple[tuple[str, tuple[Condition, ...]], ...] = (
    # Memory that is shared and of no file stays when it is unmapped, and is nobody's: no way is known to weigh it.
    ("mmap", ((3, MAP_ANONYMOUS, 0),)),
    ("mmap", ((3, MAP_ANONYMOUS | MAP_TYPE, MAP_ANONYMOUS | MAP_PRIVATE),)),
    ("clone", ((0, ALL_BITS & ~DETACHED, THREAD),)),
    ("prlimit64", ((0, ALL_BITS, 0), (2, ALL_BITS, 0))),  # reading one's own limits
    ("socketpair", ((0, ALL_BITS, AF_UNIX), (1, ALL_BITS & ~SOCK_FLAGS, SOCK_STREAM))),
    ("sendto", ((4, ALL_BITS, 0),)),  # no address: only to the other end of a pair
    *(("ioctl", ((1, ALL_BITS, request),)) for request in IOCTLS.values()),
    *(("fcntl", ((1, ALL_BITS, command),)) for command in FCNTLS.values()),
    *(("prctl", ((0, LOW_BITS, option),)) for option in PRCTLS.values()),
    *(("arch_prctl", ((0, LOW_BITS, option),)) for option in ARCH_PRCTLS.values()),
)

ABSENT = ("clone3", "openat2")
"""Answered with ENOSYS, so that a C library takes the older call, whose arguments a filter can see."""
