# Gives tools/bazel what the command line and the rc files say about themselves: read_startup
# finds the command and the startup options, read_rc_files what bears on the options we add.
# shellcheck shell=sh
# shellcheck disable=SC2034  # most of what is set here is for the other files
# shellcheck disable=SC2154  # `newline` and `workspace` are set by tools/bazel

# Sets `command`, `command_at` (its position), and what the startup options before it choose.
read_startup() {
  command=
  command_at=0
  startup_rc=
  output_roots=
  system_rc=yes workspace_rc=yes home_rc=yes no_rc=
  pending=
  for arg; do
    command_at=$((command_at + 1))
    arg=$pending$arg
    pending=
    case $arg in
      --output_base | --output_user_root | --bazelrc | --host_jvm_args | --max_idle_secs | \
        --io_nice_level | --server_javabase | --install_base | --connect_timeout_secs | \
        --local_startup_timeout_secs | --failure_detail_out | --macos_qos_class | \
        --server_jvm_out | --host_jvm_profile | --digest_function | --invocation_policy | \
        --command_port | --unix_digest_hash_attribute_name) pending=$arg= ;;
      --output_base=* | --output_user_root=*) output_roots=$output_roots$newline${arg#*=} ;;
      --bazelrc=*) startup_rc=$startup_rc$newline${arg#*=} ;;
      --nosystem_rc | --system_rc=[0fFnN]*) system_rc= ;;
      --noworkspace_rc | --workspace_rc=[0fFnN]*) workspace_rc= ;;
      --nohome_rc | --home_rc=[0fFnN]*) home_rc= ;;
      --ignore_all_rc_files | --ignore_all_rc_files=[1tTyY]*) no_rc=yes ;;
      -*) ;;
      *)
        command=$arg
        return
        ;;
    esac
  done
}

# Prints the text of the rc files in force, in Bazel's order, with what they import at the end.
rc_text() {
  set -f
  IFS=$newline
  set --
  [ -n "$system_rc" ] && set -- /etc/bazel/bazelrc /etc/bazel.bazelrc
  [ -n "$workspace_rc" ] && set -- "$@" "$workspace/.bazelrc"
  [ -n "$home_rc" ] && set -- "$@" "${HOME-}/.bazelrc"
  for file in $startup_rc; do
    [ "$file" = /dev/null ] && break
    set -- "$@" "$file"
  done
  text=$(cat -- "$@" 2>/dev/null)
  printf '%s\n' "$text"
  set --
  for line in $text; do
    case $line in
      import\ * | try-import\ *)
        file=${line#*import }
        case $file in %workspace%*) file=$workspace${file#%workspace%} ;; esac
        [ "$file" = /etc/bazel.bazelrc ] || set -- "$@" "$file"
        ;;
    esac
  done
  [ $# = 0 ] || cat -- "$@" 2>/dev/null
}

# Sets `rc_configs` to the private-* configurations that exist, `rc_filters` to lines
# CONFIG=FILTER (no CONFIG where the filter always holds), `rc_places` to folders Bazel works in.
read_rc_files() {
  rc_configs=' '
  rc_filters=$newline
  rc_places=
  if [ -n "$no_rc" ] || [ -z "$workspace" ]; then
    return
  fi
  set -f
  old_ifs=$IFS
  IFS=$newline
  for line in $(rc_text); do
    case $line in
      '#'*) continue ;;
      build:private-*)
        name=${line#build:}
        rc_configs="$rc_configs${name%% *} "
        ;;
    esac
    case $line in
      *--test_tag_filters=*)
        name=${line%% *}
        case $name in *:*) name=${name#*:} ;; *) name= ;; esac
        value=${line##*--test_tag_filters=}
        rc_filters=$rc_filters$name=${value%% *}$newline
        ;;
      *--output_base=* | *--output_user_root=* | *--sandbox_base=*)
        for name in --output_base= --output_user_root= --sandbox_base=; do
          case $line in
            *"$name"*)
              value=${line##*"$name"}
              rc_places=$rc_places$newline${value%% *}
              ;;
          esac
        done
        ;;
    esac
  done
  IFS=$old_ifs
  set +f
}
