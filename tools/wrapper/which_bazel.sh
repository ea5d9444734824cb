# Gives tools/bazel the real Bazel (find_bazel sets `real`) and its version (find_version sets
# `version`, empty when unknown, `number` and `major`; it stops at one that cannot work).
# shellcheck shell=sh
# shellcheck disable=SC2154  # `real` and `wanted` are set by tools/bazel

is_script() {
  first=
  IFS= read -r first <"$1" || :
  case $first in '#!'*) ;; *) return 1 ;; esac
}

# Goes straight on to Bazel when a script that was run as Bazel came back here: its arguments
# hold everything already. The mark is the process's number, which exec keeps.
pass_if_wrapped() {
  case ${BELLJAR_WRAPPING-} in
    "$$" | "$PPID")
      real=${BAZEL_REAL-}
      find_bazel
      export BELLJAR_WRAPPING="twice $BELLJAR_WRAPPING"
      is_script "$real" || unset BELLJAR_WRAPPING
      exec "$real" "$@"
      ;;
    "twice $$" | "twice $PPID")
      refuse "${BAZEL_REAL-} runs tools/bazel again instead of Bazel" \
        'name a real Bazel: BELLJAR_BAZEL=/path/to/bazel'
      ;;
  esac
  unset BELLJAR_WRAPPING
}

# Sets `number` to version $1 as one comparable number, e.g. 7007001 for 7.7.1-rc2.
number_of() {
  old_ifs=$IFS
  IFS=.
  # shellcheck disable=SC2086  # split at the dots
  set -- ${1%%[!0-9.]*}
  IFS=$old_ifs
  number=$((${1:-0} * 1000000 + ${2:-0} * 1000 + ${3:-0}))
}

# Sets `newest` to the Bazel that suits best among Debian-style names in folder $1, if any.
newest_in() {
  newest=
  best=-1
  for file in "$1/bazel-real" "$1/bazel-"[0-9]*; do
    { [ -f "$file" ] && [ -x "$file" ]; } || continue
    version=${file##*/bazel-}
    number_of "$version"
    case $version in
      "$wanted" | "$wanted"-*) number=999999999 ;;
      # Newer than this workspace can use: only if there is nothing else.
      [89] | [89].* | [1-9][0-9]*) number=0 ;;
      real) number=1 ;;
    esac
    if [ "$number" -gt "$best" ]; then
      newest=$file
      best=$number
    fi
  done
}

# Debian's wrapper names what .bazelversion asks for, installed or not, and may itself be what
# was found on PATH: the real ones stand beside it.
find_bazel() {
  if [ -x "$real" ] && ! is_script "$real"; then
    return
  fi
  newest_in "${real%/*}"
  if [ -z "$newest" ] && [ -h "$real" ]; then
    target=$(readlink -f -- "$real" 2>/dev/null)
    newest_in "${target%/*}"
  fi
  if [ -n "$newest" ]; then
    real=$newest
  elif [ ! -x "$real" ]; then
    refuse "there is no Bazel at $real, nor a bazel-N beside it" \
      'start ./bazelw, or name one: BELLJAR_BAZEL=/path/to/bazel'
  fi
}

find_version() {
  version=
  case ${real##*/} in
    # bazel-7.7.1, bazel-7.7.1-linux-x86_64: the name tells at no cost.
    bazel-[0-9]*.[0-9]*.[0-9]*) version=${real##*/bazel-} ;;
    bazel-[0-9]*) ;;
    *)
      # bazelisk under the name of bazel may fail here, offline; it has said so itself.
      version=$("$real" --version </dev/null) ||
        refuse "$real could not start" 'name another one: BELLJAR_BAZEL=/path/to/bazel'
      version=${version##*bazel }
      ;;
  esac
  case $version in
    [0-9]*.[0-9]*) ;;
    *) version_of_package ;;
  esac
  version=${version%%[!0-9.]*}
  number_of "${version:-7}"
  major=$((number / 1000000))
  case $version in
    '' | *.*) ;;
    # Only the major version is known, from the name: the benefit of the doubt within it.
    *) number=$((major * 1000000 + 999999)) ;;
  esac
}

# Sets `version` from Debian's package, since its 4.2.3 calls itself "no_version", or else from
# the name: bazel-4.
version_of_package() {
  version=
  if command -v dpkg-query >/dev/null; then
    # shellcheck disable=SC2016  # dpkg-query's own placeholder
    version=$(dpkg-query -W -f '${Version}' bazel-bootstrap 2>/dev/null)
  fi
  case ${real##*/} in
    bazel-"${version%%.*}" | bazel | bazel-real) ;;
    bazel-[0-9]*) version=${real##*/bazel-} ;;
    *) version= ;;
  esac
}

refuse_wrong_version() {
  if [ -n "$version" ] && { [ "$number" -lt 4002003 ] || [ "$major" -ge 8 ]; }; then
    refuse "Bazel $version ($real) does not work here; supported are 4.2.3 to 7.x" \
      "use $wanted, which bazelisk picks by itself (see the list in bazelw)" \
      'or name another one: BELLJAR_BAZEL=/path/to/bazel ./bazelw test //...'
  fi
}
