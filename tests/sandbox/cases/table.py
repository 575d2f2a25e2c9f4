"""What each probe must meet, by tier, and what its control must. One line is one case of the design page, or a part of one."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.policy import Tier

FULL, LOCKS, FILTER = Tier.BUBBLEWRAP_LAUNCHER, Tier.LAUNCHER, Tier.BUBBLEWRAP_SECCOMP
Answers = tuple[str, ...]

EPERM: Answers = ("EPERM",)
OK: Answers = ("ok",)
OPEN: Answers = ()
"""Of a control: anything but what the confined answer is. The kernel looked at the call and found fault with its arguments."""


@dataclass(frozen=True)
class Case:
    """One probe.

    Attributes:
        confined: the answers that mean it held, the same in all tiers or by tier.
        control: the answers unconfined; empty for any other than the confined ones.
        root: the control succeeds for root alone; as an ordinary user only the confined half is asked.
        seen: what the host watches: its count is at least one after the control and nought after the confined run.
        positive: the answer is the same on both sides: what must go on working.
    """

    number: int
    name: str
    confined: Answers | dict[Tier, Answers] = EPERM
    control: Answers = OK
    root: bool = False
    seen: str = ""
    positive: bool = False

    def wanted(self, tier: Tier) -> Answers:
        return self.confined[tier] if isinstance(self.confined, dict) else self.confined


def by_tier(wrapped: str, locks: str) -> dict[Tier, Answers]:
    """The answers where bubblewrap is around, and where it is not."""
    return {FULL: (wrapped,), FILTER: (wrapped,), LOCKS: (locks,)}


HIDDEN = by_tier("ENOENT", "EACCES")
READ_ONLY = by_tier("EROFS", "EACCES")

ABSENT_OR_CLOSED: Answers = ("EROFS", "EACCES", "ENOENT")
"""Some kernels are built without it."""

NETWORK = (
    *(Case(1, name, seen=name) for name in ("tcp4_loopback",)),
    *(Case(2, name, seen=name) for name in ("tcp6_loopback", "tcp6_v4_mapped")),
    Case(3, "udp_loopback", seen="udp_loopback"),
    Case(4, "mptcp", control=("ok", "EPROTONOSUPPORT", "ENOPROTOOPT"), seen="mptcp"),
    Case(5, "tcp_fastopen", control=("ok", "EOPNOTSUPP"), seen="tcp_fastopen"),
    Case(5, "sctp", control=OPEN),
    Case(6, "dns_lookup", ("unknown",)),
    Case(7, "unix_path_stream", seen="unix_path_stream"),
    Case(7, "unix_path_sendto", seen="unix_path_sendto"),
    Case(7, "unix_path_sendmsg", seen="unix_path_sendmsg"),
    Case(7, "unix_path_sendmmsg"),
    Case(7, "unix_addressed_over_a_pair"),
    Case(8, "unix_abstract_connect", seen="unix_abstract_connect"),
    Case(9, "desktop_environment", ("absent",), ("told",)),
    Case(9, "desktop_socket", by_tier("ENOENT", "ok"), OK),
    Case(9, "desktop_socket_bind"),
    Case(10, "netlink"),
    Case(10, "packet", root=True),
    Case(10, "raw_ip", root=True),
    Case(10, "vsock", control=OPEN),
    Case(10, "kernel_crypto", control=OPEN),
    Case(10, "bluetooth", control=OPEN),
    *(Case(11, name, control=OPEN) for name in ("io_uring_setup", "io_uring_enter", "io_uring_register")),
    Case(12, "socketpair_inet", control=OPEN),
    Case(12, "socketpair_unix", OK, positive=True),
)

FILES = (
    *(Case(13, name, HIDDEN, ("secret",)) for name in ("read_home_secret", "read_ssh_key", "read_vault_file")),
    Case(13, "list_home", HIDDEN),
    Case(13, "read_through_dots", HIDDEN, ("secret",)),
    Case(13, "read_through_granted_link", HIDDEN, ("secret",)),
    Case(13, "read_granted", OK, positive=True),
    Case(14, "read_etc_passwd", HIDDEN),
    Case(14, "read_etc_shadow", HIDDEN, root=True),
    # Where bubblewrap is around, process 1 is its own, and empty. Some machines close theirs to root too.
    Case(14, "read_init_environment", {FULL: ("EACCES",), FILTER: ("ok",), LOCKS: ("EACCES",)}, ("ok", "EACCES")),
    Case(14, "read_host_environment", HIDDEN),
    Case(15, "stat_existence", by_tier("ENOENT", "ok")),
    Case(16, "write_new", READ_ONLY, seen="new"),
    Case(16, "write_old", READ_ONLY, seen="write_old"),
    Case(16, "write_hidden", HIDDEN),
    Case(16, "write_tmp", HIDDEN),
    Case(16, "write_dev_shm", HIDDEN),
    Case(16, "write_code", READ_ONLY),
    Case(16, "own_folder", OK, positive=True),
    *(
        Case(17, name, READ_ONLY, seen=seen)
        for name, seen in (
            ("truncate_by_open", "truncate_by_open"),
            ("unlink", "unlink"),
            ("rename", "rename"),
            ("mkdir", "made"),
            ("rmdir", "rmdir"),
        )
    ),
    Case(17, "truncate", seen="truncate"),
    *(Case(18, name, seen=name) for name in ("chmod", "fchmod", "utime")),
    Case(18, "chown"),
    Case(18, "xattr", control=("ok", "EOPNOTSUPP", "ENOTSUP")),
    *(Case(21, name) for name in ("out_symlink", "out_fifo", "out_socket")),
    Case(21, "out_device", root=True),
    Case(22, "out_hardlink", control=("ok", "EXDEV")),
    Case(23, "out_suid_bit"),
    Case(41, "descriptors", ("two pipes",), ("others",)),
    Case(42, "env_secret", ("absent",), ("told",)),
    Case(42, "env_secret_proc", ("absent", "EACCES"), ("told",)),
    Case(43, "argv_of_the_host", HIDDEN),
    Case(51, "kernel_setting", ("EROFS", "EACCES"), root=True),
    Case(51, "kernel_sysrq", ABSENT_OR_CLOSED, ("ok", "ENOENT"), root=True),
    Case(51, "kernel_sys", ABSENT_OR_CLOSED, ("ok", "ENOENT"), root=True),
    Case(51, "kernel_host_oom", by_tier("ENOENT", "EACCES")),
)

PROCESSES = (
    *(Case(32, name) for name in ("fork", "vfork", "vfork_spawn", "multiprocessing_start", "clone_process")),
    Case(32, "subprocess_run"),
    Case(33, "fork_bomb", ("stopped after 0",)),
    Case(35, "daemonise"),
    *(Case(38, name) for name in ("signal_host", "signal_stop", "signal_parent", "signal_own_group", "signal_thread")),
    Case(38, "signal_everybody"),
    Case(38, "signal_queue"),
    *(Case(39, name) for name in ("ptrace_attach", "process_vm_readv", "process_vm_writev", "pidfd_open")),
    Case(39, "pidfd_getfd", control=OPEN),
    Case(39, "proc_mem", HIDDEN),
    Case(40, "prlimit_other"),
    Case(40, "priority_other", seen="priority"),
    Case(40, "scheduler_other", seen="scheduler"),
    Case(40, "ioprio_other"),
    Case(40, "affinity_other"),
    *(Case(53, name) for name in ("exec_system", "exec_interpreter", "exec_memory")),
    Case(53, "exec_own_file", control=OPEN),
    Case(53, "execveat", control=OPEN),
    *(Case(55, name, root=True) for name in ("set_user_root", "set_groups")),
    Case(55, "capset", control=OPEN),
    Case(55, "no_privileges", ("powerless",)),
    Case(60, "interpreter_flags", ("isolated",)),
)

KERNEL = (
    Case(44, "unshare_user", control=("ok", "EINVAL")),
    *(Case(44, name, root=True) for name in ("unshare_mounts", "unshare_processes", "unshare_network")),
    *(Case(44, name, control=OPEN) for name in ("clone_user", "setns")),
    Case(44, "clone_high_bits", control=("ok", "EINVAL")),
    Case(44, "clone3", ("ENOSYS",), OPEN),
    *(
        Case(45, name, control=OPEN, root=True)
        for name in ("mount", "umount2", "pivot_root", "chroot", "open_tree", "fsopen", "fsmount", "move_mount")
    ),
    Case(45, "mount_setattr", control=OPEN, root=True),
    Case(46, "chain", ("refused at once",), seen="chain"),
    *(Case(47, name, control=OPEN) for name in ("keyctl", "add_key", "request_key")),
    *(
        Case(48, name, control=OPEN, root=True)
        for name in ("bpf", "perf_event_open", "userfaultfd", "kexec_load", "init_module", "delete_module")
    ),
    *(Case(48, name, control=OPEN, root=True) for name in ("open_by_handle_at", "settimeofday", "fanotify_init")),
    *(Case(48, name, control=OPEN) for name in ("personality", "modify_ldt", "quotactl", "memfd_secret")),
    Case(49, "sysv_shm"),
    *(Case(49, name, control=OPEN) for name in ("sysv_msg", "sysv_sem", "mq_open")),
    Case(50, "tiocsti", control=OPEN),
    Case(50, "tioclinux", control=OPEN),
    Case(50, "open_ptmx", {FULL: ("EACCES",), FILTER: ("EACCES", "EROFS", "ok"), LOCKS: ("EACCES",)}, OK),
    Case(50, "open_tty", {FULL: ("EACCES", "ENXIO"), FILTER: ("ENXIO",), LOCKS: ("EACCES", "ENXIO")}, ("ok", "ENXIO")),
    *(Case(56, name, control=OPEN) for name in ("second_ruleset", "second_filter", "dumpable_again")),
    Case(56, "raise_limit", ("EPERM", "ValueError", "PermissionError")),
    Case(65, "threads", OK, positive=True),
)

CASES = (*NETWORK, *FILES, *PROCESSES, *KERNEL)
