# To be sourced by scripts that fetch packages of Debian. They are unpacked below target, not installed.
#
# `beside PATH` changes to an empty directory beside a path that is to be created; it is removed at the end.
beside() {
  mkdir -p "${1%/*}"
  new_directory=$(mktemp -d "$1-XXXXXX")
  trap 'rm -rf "$new_directory"' EXIT
  cd "$new_directory"
}

# `apt_of SUITE [ARCHITECTURE]` gives apt lists of a release of Debian in the current directory; those of this machine do
# not change. Afterwards "${apt[@]}" are the words for apt-get and apt-cache. apt verifies what it fetches with Debian's
# keys. CONMON_DEBIAN_MIRROR: instead of this machine's mirror, or deb.debian.org.
apt_of() {
  local mirror=${CONMON_DEBIAN_MIRROR:-} keys=/usr/share/keyrings/debian-archive-keyring.gpg
  : "${mirror:=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -m 1 -v security)}"
  local architecture=${2:-$(dpkg --print-architecture)}
  mkdir -p lists/partial cache/archives/partial
  echo "deb [signed-by=$keys] ${mirror:-http://deb.debian.org/debian} $1 main" >sources.list
  # A mirror that is a snapshot has expired.
  apt=(-o "Dir::Etc::SourceList=$PWD/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$PWD/lists"
    -o "Dir::Cache=$PWD/cache" -o Dir::State::Status=/dev/null -o APT::Sandbox::User=root -o Acquire::Languages=none
    -o Acquire::Check-Valid-Until=false -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture")
  apt-get -qq "${apt[@]}" update >&2
}
