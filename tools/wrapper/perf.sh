# Gives tools/bazel the tag filter that leaves perf tests out: leave_perf_out sets `new_filter`,
# `filter_place` (start or end of the arguments) and `perf_note`, or nothing where they are to run.
#
# Bazel's last --test_tag_filters replaces all others, and a target that is named yet filtered
# out is an error; so a filter in an rc file alone would serve neither case.
# shellcheck shell=sh
# shellcheck disable=SC2034  # what is set here is for tools/bazel
# shellcheck disable=SC2154  # `newline`, `workspace`, `command_at`, `rc_filters` are set before

# Sets `found`, and `value` to the filter that the rc files give under --config=$1.
filter_of_config() {
  found=
  case $rc_filters in
    *"$newline$1="*)
      value=${rc_filters##*"$newline$1="}
      value=${value%%"$newline"*}
      found=yes
      ;;
  esac
}

add_pattern() {
  case $1 in
    *... | *:all | *:\* | *:all-targets) wildcards=yes ;;
    *) named=$named$newline$1 ;;
  esac
}

add_patterns_of_file() {
  [ -r "$1" ] || return 0
  while read -r line || [ -n "$line" ]; do
    case $line in '' | -* | '#'*) ;; *) add_pattern "${line%%[ #]*}" ;; esac
  done <"$1"
}

# Sets `filter`, `filter_given` (rc, line or nothing), `wildcards` and `named`.
read_test_arguments() {
  filter=
  filter_given=
  wildcards=
  named=
  # A filter that always holds in an rc file is replaced by ours, so it has to be part of it.
  filter_of_config ''
  [ -n "$found" ] && filter=$value filter_given=rc
  shift "$command_at"
  pending=
  while [ $# -gt 0 ]; do
    arg=$pending$1
    pending=
    shift
    case $arg in
      --) break ;;
      --test_tag_filters=*) filter=${arg#*=} filter_given=line ;;
      --config=*)
        filter_of_config "${arg#*=}"
        [ -n "$found" ] && filter=$value filter_given=line
        ;;
      --target_pattern_file=*) add_patterns_of_file "${arg#*=}" ;;
      # Options whose value may be the next word; any other is a switch or has a "=".
      --test_tag_filters | --config | --target_pattern_file | --test_filter | --test_arg | \
        --test_env | --test_output | --test_summary | --test_timeout | --test_size_filters | \
        --test_timeout_filters | --test_lang_filters | --test_sharding_strategy | \
        --runs_per_test | --flaky_test_attempts | --local_test_jobs | --jobs | -j | -c | \
        --compilation_mode | --define | --action_env | --host_action_env | --repo_env | \
        --disk_cache | --remote_cache | --repository_cache | --override_repository | \
        --build_event_json_file | --profile | --show_result | --color | --curses | \
        --spawn_strategy | --strategy | --build_tag_filters | --instrumentation_filter | \
        --sandbox_base | --symlink_prefix | --run_under | --platforms | --extra_toolchains) \
        pending=$arg= ;;
      -*) ;;
      *) add_pattern "$arg" ;;
    esac
  done
  for arg; do
    case $arg in -*) ;; *) add_pattern "$arg" ;; esac
  done
}

# Holds when the BUILD file of label $1 shows it to be a perf test.
is_perf_target() {
  target=${1#@//}
  target=${target#//}
  here=
  if [ "$target" = "$1" ]; then
    here=$(pwd -P)
    here=${here#"$workspace"}
  fi
  case $target in
    @*) return 1 ;;
    *:*) package=${target%%:*} name=${target#*:} ;;
    *) package=$target name=${target##*/} ;;
  esac
  # Without a colon a relative label may be a target of this package.
  for file in "$workspace$here/$package/BUILD.bazel" "$workspace$here/$package/BUILD" \
    "$workspace$here/BUILD.bazel" "$workspace$here/BUILD"; do
    [ -f "$file" ] || continue
    awk -v name="\"$name\"" '
      /^[A-Za-z_.]+\(/ { perf = /^py_perf_test\(/; wanted = 0 }
      /name *=/ && index($0, name) { wanted = 1 }
      /"perf"/ { perf = 1 }
      (/^\)/ || /^[A-Za-z_.]+\(.*\)/) && wanted && perf { found = 1 }
      END { exit !found }' "$file" && return
  done
  return 1
}

# Holds when a tag filter $1 says itself which tests are meant: it names perf, either way, or
# has a tag that tests must carry.
filter_decides() {
  case ,$1, in *,perf,* | *,+perf,* | *,-perf,*) return ;; esac
  rest=$1,
  while [ -n "$rest" ]; do
    case $rest in
      -* | ,*) rest=${rest#*,} ;;
      *) return ;;
    esac
  done
  return 1
}

leave_perf_out() {
  read_test_arguments "$@"
  # Targets that are all named are wanted; an empty filter asks for everything.
  [ -n "$wildcards" ] || return 0
  if [ "$filter_given" = line ] && [ -z "$filter" ]; then
    return 0
  fi
  filter_decides "$filter" && return
  old_ifs=$IFS
  IFS=$newline
  set -f
  for label in $named; do
    if is_perf_target "$label"; then
      perf_note="perf tests are all in, since $label is named"
    fi
  done
  set +f
  IFS=$old_ifs
  [ -z "$perf_note" ] || return 0
  new_filter=--test_tag_filters=${filter:+$filter,}-perf
  # At the start, a --config from an rc file that we do not read may still choose another one.
  filter_place=start
  [ "$filter_given" != line ] || filter_place=end
  perf_note='perf tests left out (--test_tag_filters=perf runs them)'
}
