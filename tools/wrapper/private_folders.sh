# Gives tools/bazel the options for a private, in-memory /tmp, /dev/shm and /run in each test:
# add_private_folders adds to `options`, and says in `private_note` which one cannot be had.
#
# The configurations private-tmp, private-shm and private-run stand in .bazelrc. They hide what
# lies in that folder, so a checkout or an output root there would vanish from every sandbox.
# shellcheck shell=sh
# shellcheck disable=SC2034  # what is set here is for tools/bazel
# shellcheck disable=SC2154  # `newline`, `workspace` and the rc files' values are set before

# Prints the physical path of $1, whose last parts need not exist yet.
physical() {
  folder=$1
  rest=
  while [ ! -d "$folder" ]; do
    case $folder in
      */*) rest=/${folder##*/}$rest folder=${folder%/*} ;;
      *) break ;;
    esac
    [ -n "$folder" ] || folder=/
  done
  cd -P -- "$folder" 2>/dev/null && folder=$(pwd)
  printf '%s' "${folder%/}$rest"
}

add_private_folders() {
  places=$workspace$rc_places$output_roots$newline${UV_PYTHON_INSTALL_DIR-}
  if [ -n "${TEST_TMPDIR-}" ]; then
    places=$places$newline$TEST_TMPDIR
  elif [ -z "$output_roots" ]; then
    places=$places$newline${HOME:-/tmp}/.cache/bazel$newline${XDG_CACHE_HOME-}
  fi
  shift "$command_at"
  pending=
  for arg; do
    arg=$pending$arg
    pending=
    case $arg in
      --) break ;;
      --sandbox_base | --override_repository) pending=$arg= ;;
      --sandbox_base=* | --override_repository=*=*) places=$places$newline${arg##*=} ;;
    esac
  done
  real_places=
  set -f
  old_ifs=$IFS
  IFS=$newline
  for place in $places; do
    real_places=$real_places$newline$(physical "$place")/
  done
  IFS=$old_ifs
  set +f
  for name in tmp shm run; do
    case $name in shm) folder=/dev/shm ;; *) folder=/$name ;; esac
    # The sandbox fails on a folder that does not exist.
    [ -d "$folder" ] || continue
    case $rc_configs in *" private-$name "*) ;; *) continue ;; esac
    case $real_places in
      *"$newline$folder/"*)
        place=$folder/${real_places#*"$newline$folder/"}
        place=${place%%"$newline"*}
        private_note="$private_note; no private $folder, since Bazel needs ${place%/}"
        ;;
      *) options="$options --config=private-$name" ;;
    esac
  done
}
