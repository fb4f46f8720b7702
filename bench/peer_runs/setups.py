"""How each peer is started: configuration, processes, and what it promises for a line that it took.

All listen on loopback for lines over TCP and write gzip of level 1 (the fastest of zlib) to a file below `work`. They are run
from .cache/peers, into which scripts/deps --peers unpacks Debian's packages: nothing is installed as a system service.
"""
import dataclasses
import os
import pathlib
import re
import subprocess

from e2e.start import ROOT

PEERS = ROOT / ".cache/peers/root"
LIBRARIES = PEERS / "usr/lib/x86_64-linux-gnu"
SYSLOG_NG = PEERS / "usr/lib/syslog-ng"
ENVIRONMENT = os.environ | {"LD_LIBRARY_PATH": f"{LIBRARIES}:{PEERS / 'lib/x86_64-linux-gnu'}:{SYSLOG_NG}"}
IN_MEMORY = "nothing: queue in memory"
LINE_BYTES_MAX = 65_536


@dataclasses.dataclass(frozen=True)
class Setup:
    peer: str
    durability: str  # what an accepted line survives
    commands: list  # the peer's first; what comes after reads from it
    output: pathlib.Path


def installed():
    return (PEERS / "usr/sbin/rsyslogd").exists() and (PEERS / "usr/sbin/syslog-ng").exists()


def version(program):
    text = subprocess.run([PEERS / "usr/sbin" / program, "--version" if program == "syslog-ng" else "-v"], env=ENVIRONMENT,
                          capture_output=True, text=True).stdout
    return re.search(r"\d+\.\d+\.\d+", text).group()


def rsyslog(queue, durability):
    """`queue`: parameters of the ruleset's queue."""
    def setup(work, port):
        output, config = work / "out.gz", work / "rsyslog.conf"
        config.write_text(f"""
global(workDirectory="{work}" maxMessageSize="{LINE_BYTES_MAX}" parser.escapeControlCharactersOnReceive="off")
module(load="imptcp" threads="2")
template(name="line" type="string" string="%rawmsg%\\n")
ruleset(name="lines" queue.size="100000" queue.dequeueBatchSize="1024" queue.timeoutShutdown="600000" {queue}) {{
  action(type="omfile" file="{output}" template="line" zipLevel="1" ioBufferSize="256k" flushOnTXEnd="off")
}}
input(type="imptcp" address="127.0.0.1" port="{port}" ruleset="lines")
""")
        command = [PEERS / "usr/sbin/rsyslogd", "-n", "-f", config, "-i", work / "pid", "-M", LIBRARIES / "rsyslog"]
        return Setup("rsyslog", durability, [command], output)
    return setup


def syslog_ng(disk_buffer, durability):
    """It has no gzip of its own: gzip -1 reads from its pipe, and is counted."""
    def setup(work, port):
        output, config, pipe = work / "out.gz", work / "syslog-ng.conf", work / "pipe"
        os.mkfifo(pipe)
        config.write_text(f"""
@version: 3.38
options {{ stats-freq(0); log-msg-size({LINE_BYTES_MAX}); keep-hostname(yes); use-dns(no); dns-cache(no); }};
source lines {{
  network(ip("127.0.0.1") port({port}) transport("tcp") flags(no-parse) max-connections(100) log-iw-size(100000) log-fetch-limit(1000));
}};
destination file {{ pipe("{pipe}" template("${{MSG}}\\n") flush-lines(1000) log-fifo-size(200000) {disk_buffer.format(work=work)}); }};
log {{ source(lines); destination(file); flags(flow-control); }};
""")
        command = [PEERS / "usr/sbin/syslog-ng", "-F", "-f", config, f"--module-path={SYSLOG_NG / '3.38'}", "-R", work / "persist",
                   "-c", work / "control", "-p", work / "pid", "--no-caps"]
        return Setup("syslog-ng", durability, [command, ["sh", "-c", f"exec gzip -1 < '{pipe}' > '{output}'"]], output)
    return setup


SETUPS = {
    "rsyslog": rsyslog('queue.type="LinkedList"', IN_MEMORY),
    "rsyslog-disk-assisted": rsyslog('queue.type="LinkedList" queue.filename="queue" queue.maxDiskSpace="8g" queue.saveOnShutdown="on"',
                                     "nothing while its queue in memory has room; beyond, it spills to disk"),
    "rsyslog-disk": rsyslog('queue.type="Disk" queue.filename="queue" queue.maxDiskSpace="8g"', "the end of the process: queue on disk, not synced"),
    "syslog-ng": syslog_ng("", IN_MEMORY),
    "syslog-ng-disk-buffer": syslog_ng('disk-buffer(reliable(no) disk-buf-size(2147483648) mem-buf-length(10000) dir("{work}"))',
                                       "nothing while its queue in memory has room; beyond, it spills to disk"),
    "syslog-ng-reliable": syslog_ng('disk-buffer(reliable(yes) disk-buf-size(2147483648) mem-buf-size(67108864) dir("{work}"))',
                                    "the end of the process: buffer on disk, not synced"),
}
# Every line goes through a file of its queue: a part of the volume does.
SHARES = {"rsyslog-disk": 0.2, "syslog-ng-reliable": 0.2}
