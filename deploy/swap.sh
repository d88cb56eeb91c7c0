# Runs on the server that scripts/deploy.ts deploys to, over ssh: puts a new executable in the place of the old one, and the old
# one back where the new one is not well.
#
#   sh -s UPLOADED SHA256 EXECUTABLE SETTINGS SERVICE
set -eu
uploaded=$1 sha256=$2 executable=$3 settings=$4 service=$5
max_wait_s=${KEZ_CHAT_DEPLOY_WAIT_S:-60}

# The folder was made for it alone.
remove_upload() {
  rm -f "$uploaded"
  rmdir "$(dirname "$uploaded")" 2>/dev/null || true
}
say() { printf '%s\n' "$*"; }
fail() {
  say "deploy: $*" >&2
  remove_upload
  exit 1
}
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
is_well() { "$executable" health --config "$settings"; }

wait_until_well() {
  left=$max_wait_s
  while ! answer=$(is_well 2>&1); do
    [ "$left" -gt 0 ] || return 1
    left=$((left - 1))
    sleep 1
  done
  say "$answer"
}

# The old one does not know what the new one has migrated; the snapshot that was taken before is what it knows. The folder is the
# service's, and what lies in it may lead anywhere: so its owner does this, not root.
put_migrated_back() {
  data=$("$executable" config --config "$settings" | sed -n 's/^data  *\([^ ]*\) .*/\1/p')
  # In a folder that everybody may look into: find wants to find its way back.
  (cd / && as_root runuser -u "$(as_root stat -c %U "$data")" -- \
    find "$data" -maxdepth 1 -type f -name 'relay.db.schema-*' ! -name '*.part' -newermt "@$started" -exec sh -c '
      mv -fT "$1/relay.db" "$1/relay.db.rolled-back"
      rm -f "$1/relay.db-wal" "$1/relay.db-shm"
      mv -fT "$2" "$1/relay.db"
      echo "put the database from before back; what the new one made of it is relay.db.rolled-back" >&2
    ' sh "$data" '{}' ';') || say "the database from before could not be put back; it is relay.db.schema-… in $data" >&2
}

[ "$(sha256sum <"$uploaded" | cut -d ' ' -f 1)" = "$sha256" ] || fail 'the executable arrived damaged'
as_root true 2>/dev/null || fail 'this user is neither root nor may it use sudo without a password'
[ -e "$executable" ] || fail "there is no $executable here; install it first (scripts/install.sh)"

# Beside the old one, so that the swap is one rename.
next=$executable.next previous=$executable.previous
as_root install -m 0755 "$uploaded" "$next"
remove_upload
refuse() {
  as_root rm -f "$next"
  fail "$*"
}
version=$("$next" version) || refuse 'the new executable does not run on this machine'
"$next" config --config "$settings" >/dev/null || refuse "the new executable does not take $settings"
if cmp -s "$next" "$executable" && is_well >/dev/null 2>&1; then
  as_root rm -f "$next"
  say "$version runs already."
  exit 0
fi

started=$(date +%s)
as_root cp -p "$executable" "$previous"
as_root mv -f "$next" "$executable"
if as_root systemctl restart "$service" && wait_until_well; then
  say "$version runs; the one before is $previous."
  exit 0
fi

say 'The new one is not well:' >&2
as_root journalctl -u "$service" -n 20 --no-pager >&2 || true
as_root systemctl stop "$service" || true
put_migrated_back
as_root cp -p "$previous" "$next"
as_root mv -f "$next" "$executable"
# Several failed starts may have used up the starts that systemd allows.
as_root systemctl reset-failed "$service" || true
if as_root systemctl restart "$service" && wait_until_well; then
  fail "rolled back to $("$executable" version)"
fi
fail "rolled back, and $("$executable" version) is not well either; journalctl -u $service tells why"
