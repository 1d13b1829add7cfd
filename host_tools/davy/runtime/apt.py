"""Debian packages of another architecture, without installing anything and without being root.

apt-get runs on a private configuration in a folder of ours: its own (empty) state, its own sources list. The mirror is the one
that the machine's own sources name, its proxy and credentials stay in force, and apt itself checks the chain from the
archive's signature to each package's checksum.
"""

import shutil
import subprocess
from pathlib import Path

from davy.processes import started

KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
)
_UPDATE_S = 120
_DOWNLOAD_S = 240
_QUERY_S = 30

# Hooks of the machine (they tidy the system's cache) are not ours to run; its pins and keys say nothing about our suite.
# The sandbox user could not enter a private home, and nobody but us reads what is fetched.
_CONFIGURATION = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
Dir::Etc::trusted "/dev/null";
Dir::Etc::trustedparts "-";
Dir::State "{folder}/state";
Dir::State::lists "{folder}/state/lists";
Dir::State::status "{folder}/state/status";
Dir::Cache "{folder}/cache";
Dir::Log "{folder}/log";
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "";
APT::Get::AllowUnauthenticated "false";
APT::Update::Error-Mode "any";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
"""


class AptError(Exception):
    """One line: what could not be had."""


def run(command: list[str], timeout_s: int, cwd: Path | None = None) -> str:
    """Run a program to its end and return what it printed; AptError with its last complaint when it fails."""
    program = Path(command[0]).name
    try:
        done = started(
            lambda: subprocess.run(
                command,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_s,
                check=False,
            )
        )
    except FileNotFoundError as error:
        raise AptError(f"there is no {program} here") from error
    except subprocess.TimeoutExpired as error:
        raise AptError(f"{program} gave no answer within {timeout_s} s") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or [f"exit code {done.returncode}"]
        worst = [line for line in said if line.startswith("E:")] or said
        raise AptError(f"{program}: {worst[0].strip()}")
    return done.stdout


def mirrors() -> list[str]:
    """Addresses of Debian's main archive in the machine's own sources, the certain ones first.

    Before the machine's first `apt-get update` nothing tells whose archive an address is; then it is tried all the same,
    because a wrong one cannot pass the check of the signature.
    """
    targets = ["apt-get", "indextargets", "Created-By: Packages", "Component: main", "--format"]
    known = [line.split("\t") for line in run([*targets, "$(REPO_URI)\t$(ORIGIN)\t$(LABEL)"], _QUERY_S).splitlines()]
    others = {address for address, *owner in known if owner != ["Debian", "Debian"]}
    certain = [address for address, *owner in known if owner == ["Debian", "Debian"]]
    possible = run([*targets, "$(REPO_URI)", "--no-release-info"], _QUERY_S).splitlines()
    addresses = dict.fromkeys(certain + [address for address in possible if address not in others])
    return [address for address in addresses if not address.startswith("cdrom:")]


def _configure(folder: Path, mirror: str, suite: str, architecture: str) -> list[str]:
    keyring = next((path for path in KEYRINGS if path.is_file()), None)
    if keyring is None:
        raise AptError("the keyring of the Debian archive is not installed (package debian-archive-keyring)")
    for name in ("state/lists/partial", "cache/archives/partial", "log"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "state" / "status").touch()
    options = f"signed-by={keyring} arch={architecture} target=Packages lang=none"
    (folder / "sources.list").write_text(f"deb [{options}] {mirror} {suite} main\n")
    settings = folder / "apt.conf"
    settings.write_text(_CONFIGURATION.format(folder=folder, architecture=architecture))
    return ["apt-get", "--config-file", str(settings), "--quiet"]


def fetch(packages: tuple[str, ...], suite: str, architecture: str, folder: Path) -> list[Path]:
    """Download `packages` into `folder`/deb and return the files; AptError when they cannot be had."""
    if shutil.which("apt-get") is None:
        raise AptError("there is no apt-get here")
    addresses = mirrors()
    if not addresses:
        raise AptError("this machine's apt sources name no Debian archive")
    problem = AptError("no address tried")
    for address in addresses[:3]:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        apt = _configure(folder, address, suite, architecture)
        try:
            run([*apt, "update"], _UPDATE_S)
            deb = folder / "deb"
            deb.mkdir()
            run([*apt, "download", *packages], _DOWNLOAD_S, cwd=deb)
        except AptError as error:
            problem = error
            continue
        return sorted(deb.glob("*.deb"))
    raise problem
