"""What each probe must meet, by tier, and what its control must. One line is one case of the design page, or a part of one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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
OWN_NET: dict[Tier, Answers] = {FULL: ("EACCES",), FILTER: ("none of the host",), LOCKS: ("EACCES",)}
DESKTOP = ("bus", "x11", "wayland", "agent", "docker")
SWITCH = Path("/proc/sys/kernel/io_uring_disabled")
IO_URING_OFF = SWITCH.exists() and SWITCH.read_text("ascii").strip() != "0"
"""Some machines forbid it to everybody; then there is nothing to be compared with."""
READ_ONLY = by_tier("EROFS", "EACCES")

ABSENT_OR_CLOSED: Answers = ("EROFS", "EACCES", "ENOENT")
"""Some kernels are built without it."""

NETWORK = (
    *(Case(1, name, seen=name) for name in ("tcp4_loopback",)),
    *(Case(2, name, seen=name) for name in ("tcp6_loopback", "tcp6_v4_mapped")),
    Case(3, "udp_loopback", seen="udp_loopback"),
    Case(4, "mptcp", control=("ok", "EPROTONOSUPPORT", "ENOPROTOOPT"), seen="mptcp"),
    Case(5, "tcp_fastopen", control=("ok", "EOPNOTSUPP"), seen="tcp_fastopen"),
    *(Case(5, name, control=OPEN) for name in ("sctp", "sctp_packets")),
    Case(6, "dns_lookup", ("unknown",)),
    Case(7, "unix_path_stream", seen="unix_path_stream"),
    Case(7, "unix_path_sendto", seen="unix_path_sendto"),
    Case(7, "unix_path_sendmsg", seen="unix_path_sendmsg"),
    Case(7, "unix_path_sendmmsg", seen="unix_path_sendmmsg"),
    Case(7, "unix_addressed_over_a_pair"),
    Case(8, "unix_abstract_connect", seen="unix_abstract_connect"),
    Case(9, "desktop_environment", ("absent",), ("told all",)),
    *(Case(9, f"desktop_{name}_there", by_tier("ENOENT", "ok")) for name in DESKTOP),
    *(Case(9, f"desktop_{name}", seen=f"desktop_{name}") for name in DESKTOP),
    Case(9, "desktop_socket_bind", seen="bound"),
    Case(9, "host_sockets", OWN_NET, ("told",)),
    Case(9, "host_connections", OWN_NET, ("told",)),
    Case(10, "netlink"),
    Case(10, "packet", root=True),
    Case(10, "raw_ip", root=True),
    Case(10, "vsock", control=OPEN),
    Case(10, "kernel_crypto", control=OPEN),
    Case(10, "bluetooth", control=OPEN),
    Case(10, "every_family", control=OPEN),
    Case(11, "io_uring_setup", control=("ok", "EPERM") if IO_URING_OFF else OK),
    *(Case(11, name, control=OPEN) for name in ("io_uring_enter", "io_uring_register")),
    Case(12, "socketpair_inet", control=OPEN),
    Case(12, "socketpair_datagram"),
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
    Case(14, "host_mounts", {FULL: ("EACCES",), FILTER: ("own",), LOCKS: ("EACCES",)}, ("told",)),
    Case(15, "stat_existence", by_tier("ENOENT", "ok")),
    Case(16, "write_new", READ_ONLY, seen="new"),
    Case(16, "write_old", READ_ONLY, seen="write_old"),
    *(Case(16, name, HIDDEN, seen=name) for name in ("write_hidden", "write_tmp", "write_dev_shm")),
    Case(16, "write_code", READ_ONLY, seen="write_code"),
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
    *(Case(18, name, seen=name) for name in ("chmod", "fchmod", "utime", "futime", "chown", "fchown", "lchown")),
    *(Case(18, name, control=("ok", "EOPNOTSUPP", "ENOTSUP"), seen=name) for name in ("xattr", "fsetxattr")),
    Case(18, "fchmodat2", control=("ok", "ENOSYS"), seen="fchmodat2"),
    Case(18, "file_flags", control=("ok", "ENOTTY", "EOPNOTSUPP"), seen="file_flags"),
    *(Case(18, name, control=OPEN) for name in ("setxattrat", "removexattrat", "file_setattr", "file_getattr")),
    *(Case(21, name) for name in ("out_symlink", "out_fifo", "out_socket")),
    Case(21, "out_device", root=True),
    *(Case(22, name, control=("ok", "EXDEV", "EPERM")) for name in ("out_hardlink_of_the_runtime",)),
    Case(22, "out_hardlink", control=("ok", "EXDEV")),
    Case(23, "out_suid_bit"),
    Case(41, "descriptors", ("two pipes",), ("others",)),
    Case(42, "env_secret", ("absent",), ("told",)),
    Case(42, "env_secret_proc", ("absent", "EACCES"), ("told",)),
    Case(43, "argv_of_the_host", HIDDEN, ("ok", "secret")),
    Case(43, "argv_secret", HIDDEN, ("secret",)),
    # Where bubblewrap is around, the parent is its own first process: no name stands in its command.
    Case(43, "argv_of_the_parent", {FULL: ("EACCES",), FILTER: ("ok",), LOCKS: ("EACCES",)}, ("secret",)),
    Case(51, "kernel_setting", ("EROFS", "EACCES"), root=True),
    Case(51, "kernel_sysrq", ABSENT_OR_CLOSED, ("ok", "ENOENT"), root=True),
    Case(51, "kernel_sys", ABSENT_OR_CLOSED, ("ok", "ENOENT"), root=True),
    Case(51, "kernel_host_oom", by_tier("ENOENT", "EACCES")),
    Case(51, "kernel_own_oom", ("EROFS", "EACCES")),
    # Some machines close the memory of their first process to root too.
    Case(51, "init_memory", READ_ONLY, ("ok", "EACCES"), root=True),
)

PROCESSES = (
    *(Case(32, name, seen=name) for name in ("fork", "subprocess_run", "multiprocessing_start")),
    *(Case(32, name) for name in ("vfork", "vfork_spawn", "multiprocessing_spawn", "clone_process")),
    Case(32, "pty_fork", by_tier("ENOENT", "EACCES")),
    Case(33, "fork_bomb", ("stopped after 0",), seen="fork_bomb"),
    Case(35, "daemonise"),
    Case(35, "double_fork", seen="double_fork"),
    *(Case(38, name, seen=name) for name in ("signal_host", "signal_stop", "signal_thread", "signal_any_thread")),
    *(Case(38, name, seen=name) for name in ("signal_value", "signal_thread_value", "signal_queue", "signal_by_owner")),
    *(Case(38, name) for name in ("signal_parent", "signal_own_group", "signal_group", "signal_everybody")),
    Case(38, "signal_by_handle", control=OPEN),
    Case(38, "owner_of_a_pipe"),
    *(Case(38, f"descriptor_{name}", control=OPEN) for name in ("own_signal", "lease", "notify", "pipe_size")),
    *(Case(39, name, control=("secret",)) for name in ("ptrace_attach", "process_vm_readv", "pidfd_getfd")),
    Case(39, "process_vm_writev", seen="process_vm_writev"),
    Case(39, "pidfd_open"),
    Case(39, "proc_mem", HIDDEN, ("secret",)),
    Case(39, "proc_mem_write", HIDDEN, seen="proc_mem_write"),
    Case(39, "proc_descriptor", HIDDEN, ("secret",)),
    Case(39, "kcmp"),
    Case(39, "robust_list", by_tier("ESRCH", "EPERM")),
    *(Case(39, name, control=OPEN) for name in ("process_madvise", "process_mrelease", "control_tracer")),
    Case(40, "prlimit_other", seen="limit"),
    Case(40, "prlimit_parent"),
    Case(40, "priority_other", seen="priority"),
    Case(40, "scheduler_other", seen="scheduler"),
    Case(40, "ioprio_other", seen="ioprio"),
    Case(40, "affinity_other"),
    *(Case(40, name, control=OPEN) for name in ("sched_setattr", "ioprio_get", "migrate_pages", "move_pages")),
    *(Case(53, name) for name in ("exec_system", "exec_interpreter", "exec_memory", "exec_own_file", "execveat")),
    *(Case(53, name) for name in ("exec_by_handle", "exec_through_proc")),
    *(Case(55, name, root=True) for name in ("set_user_root", "set_group_root", "set_groups")),
    Case(55, "exec_sudo"),
    Case(55, "capset", control=OPEN),
    Case(55, "no_privileges", ("powerless",)),
    Case(60, "interpreter_flags", ("isolated",)),
)

CONTROLS = (
    *("parent_death", "dumpable", "seccomp", "keep_capabilities", "timer_slack", "machine_checks", "subreaper"),
    *("new_privileges", "huge_pages", "ambient", "speculation", "dispatch", "core_scheduling", "merge"),
    "memory_map",
)
"""What a process may ask of itself; all of it is refused but a name."""
NEW_CALLS = (
    *("cachestat", "futex_wake", "listmount", "lsm_get_self_attr", "lsm_list_modules", "lsm_set_self_attr"),
    *("map_shadow_stack", "mseal", "statmount"),
)
"""Of Linux 6.5 to 6.17. Where a kernel lacks one, the control meets ENOSYS, and the child EPERM all the same."""

KERNEL = (
    Case(44, "unshare_user", control=("ok", "EINVAL")),
    *(Case(44, name, root=True) for name in ("unshare_mounts", "unshare_processes", "unshare_network")),
    *(Case(44, name, control=OPEN) for name in ("clone_user", "setns")),
    Case(44, "clone_high_bits", control=("ok", "EINVAL")),
    Case(44, "clone3", ("ENOSYS",), OPEN),
    *(
        Case(45, name)
        for name in ("mount", "umount2", "pivot_root", "chroot", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick")
    ),
    *(Case(45, name) for name in ("move_mount", "mount_setattr")),
    Case(45, "open_tree_attr", control=("ok", "ENOSYS")),
    Case(46, "chain", ("refused at once",), seen="chain"),
    Case(47, "keyctl", control=("secret",)),
    Case(47, "add_key", seen="add_key"),
    Case(47, "request_key"),
    *(Case(48, name, root=True) for name in ("bpf", "perf_event_open", "userfaultfd", "fanotify_init", "settimeofday")),
    Case(48, "open_by_handle_at", control=("secret",), root=True),
    Case(48, "name_to_handle_at", control=("ok", "EOPNOTSUPP")),
    *(
        Case(48, name, control=OPEN, root=True)
        for name in ("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module")
    ),
    *(Case(48, name, control=OPEN, root=True) for name in ("acct", "reboot", "sethostname", "swapon", "syslog")),
    *(Case(48, name, control=OPEN, root=True) for name in ("clock_settime", "quotactl", "quotactl_fd")),
    *(Case(48, name) for name in ("personality", "modify_ldt", "inotify_init1")),
    *(Case(48, name, control=OPEN) for name in ("memfd_secret", "clock_adjtime", *NEW_CALLS)),
    *(Case(48, name, control=OPEN) for name in ("splice", "tee", "vmsplice", "io_setup", "remap_file_pages")),
    *(Case(48, name, control=OPEN) for name in ("signalfd4", "timer_create", "timerfd_create", "setitimer")),
    *(Case(48, name, control=OPEN) for name in ("mbind", "set_mempolicy", "mlock", "mlockall", "pkey_alloc")),
    *(Case(49, name, seen=name) for name in ("sysv_msg", "sysv_sem", "mq_open")),
    Case(49, "sysv_shm"),
    Case(49, "shared_memory"),
    Case(49, "shared_zeros", {FULL: ("ENOENT",), FILTER: ("ENOENT",), LOCKS: ("EACCES",)}),
    Case(49, "private_memory", OK, positive=True),
    *(Case(50, name, control=OPEN) for name in ("tiocsti", "tiocsti_high_bits", "tioclinux")),
    Case(50, "open_ptmx", by_tier("ENOENT", "EACCES"), OK),
    Case(50, "open_pts", by_tier("ENOENT", "EACCES"), OK),
    Case(50, "open_tty", {FULL: ("ENOENT",), FILTER: ("ENOENT",), LOCKS: ("EACCES", "ENXIO")}, ("ok", "ENXIO")),
    *(Case(56, name, control=OPEN) for name in ("second_ruleset", "second_filter", "raise_limit_alone")),
    *(Case(56, name, control=OPEN, root=True) for name in ("landlock_add_rule", "landlock_restrict_self")),
    *(Case(56, f"control_{name}", control=OPEN) for name in CONTROLS),
    *(Case(56, f"control_{name}", control=OPEN, root=True) for name in ("drop_capability", "secure_bits")),
    *(Case(56, f"descriptor_{name}", control=OPEN) for name in ("seals", "hint")),
    Case(56, "raise_limit", ("EPERM", "ValueError", "PermissionError")),
    Case(65, "threads", OK, positive=True),
)

CASES = (*NETWORK, *FILES, *PROCESSES, *KERNEL)
