#!/usr/bin/env bash
# Installs kez-chat on a machine with systemd, from the executable and the files beside this script; run again, it brings
# everything up to date and keeps settings and data. It downloads nothing.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: install.sh --server NAME [--relays none|default|URL,…] [--proxy caddy|nginx|none] [--executable FILE]
       install.sh --uninstall [--purge]

  --server NAME      the public host name, like chat.example.org; it cannot be changed later without a rename
  --relays LIST      relays elsewhere that people use besides this server's: none, default (five public ones), or URLs
  --proxy NAME       whose configuration is written; without it that of the one that is installed
  --executable FILE  the executable; without it dist/kez-chat
  --uninstall        removes the program, its units and its route; settings, data and backups stay
  --purge            with --uninstall: removes settings, data, backups and the user too

With DESTDIR set everything is put below that folder, and no user, service or proxy is touched.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
root=${DESTDIR:-}
root=${root%/}
user=kez-chat

executable=$root/usr/local/bin/kez-chat
documents=$root/usr/local/share/doc/kez-chat
settings_dir=$root/etc/kez-chat
settings=$settings_dir/kez-chat.json
data=$root/var/lib/kez-chat
backups=$root/var/backups/kez-chat
units=$root/etc/systemd/system
unit_names=(kez-chat.service kez-chat-backup.service kez-chat-backup.timer)
caddy_dir=$root/etc/caddy
nginx_route=$root/etc/nginx/conf.d/kez-chat.conf

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install: %s\n' "$*" >&2
  exit 1
}

# What concerns the running machine, and is only told where the files go elsewhere.
on_machine() {
  if [[ -n $root ]]; then say "would run: $*"; else "$@"; fi
}

copies='' server='' relays='' proxy='' source_file=$here/dist/kez-chat uninstall='' purge=''
while (($# > 0)); do
  case $1 in
    --server | --relays | --proxy | --executable)
      (($# > 1)) || fail "$1 needs a value behind it"
      case $1 in
        --server) server=${2,,} ;;
        --relays) relays=$2 ;;
        --proxy) proxy=$2 ;;
        --executable) source_file=$2 ;;
      esac
      shift 2
      ;;
    --uninstall) uninstall=yes && shift ;;
    --purge) purge=yes && shift ;;
    -h | --help) usage && exit 0 ;;
    *) fail "there is no such flag: $1 (--help lists them)" ;;
  esac
done
[[ -z $proxy || $proxy =~ ^(caddy|nginx|none)$ ]] || fail "--proxy: \"$proxy\" is none of caddy, nginx, none"
[[ -z $purge || -n $uninstall ]] || fail '--purge goes with --uninstall'
[[ -n $root || $(id -u) = 0 ]] || fail 'only root can do this: sudo scripts/install.sh …'
[[ -n $root || -d /run/systemd/system ]] || fail 'this machine does not run systemd'

# Puts a file in place only where it is another one, and notes that something has changed.
changed=''
put() {
  local mode=$1 from=$2 to=$3
  if [[ -e $to ]] && cmp -s "$from" "$to"; then return; fi
  mkdir -p "$(dirname "$to")"
  # A program that runs can be replaced, not written to.
  install -m "$mode" "$from" "$to.new"
  mv -f "$to.new" "$to"
  changed=yes
  say "wrote $to"
}

put_text() {
  local text
  text=$(mktemp)
  cat >"$text"
  put "$1" "$text" "$2"
  rm -f "$text"
}

make_folder() {
  local mode=$1 owner=$2 path=$3
  [[ -d $path ]] || say "made $path"
  mkdir -p "$path"
  chmod "$mode" "$path"
  [[ -n $root ]] || chown "$owner:$owner" "$path"
}

ask_server() {
  [[ -n $server ]] && return
  [[ -t 0 ]] || fail '--server NAME is missing: the public host name, like chat.example.org'
  read -rp 'Public host name of the server (chat.example.org): ' server
  server=${server,,}
}

ask_relays() {
  [[ -n $relays ]] && return
  [[ -t 0 ]] || fail '--relays is missing: none, default, or URLs of relays (--help)'
  cat <<'TEXT'

People write to each other over this server. Relays elsewhere can carry their sealed messages too: then people go on while
this server is down, and reach people of other servers more surely. Those who run such relays see who gets how much mail
and when, and from which addresses; never what is in it.
TEXT
  read -rp 'Use relays elsewhere? none, default (five public ones), or wss:// URLs [none]: ' relays
  relays=${relays:-none}
}

# A setting that is text, as write_settings has written it.
kept() { sed -n "s/^ *\"$1\": *\"\([^\"]*\)\".*/\1/p" "$settings"; }

has_these_relays() {
  if [[ $relays = default ]]; then ! grep -q '"relays"' "$settings"; else [[ $relays = "$(kept relays)" ]]; fi
}

# What people chose before stays; other answers are not quietly dropped.
keep_settings() {
  [[ -z $server || $server = "$(kept server)" ]] ||
    fail "$settings is for $(kept server), not for $server; the registrations are signed for that name"
  [[ -z $relays ]] || has_these_relays ||
    fail "$settings has other relays; change \"relays\" in it, and leave --relays out"
  server=$(kept server)
  say "kept $settings"
}

check_server() {
  [[ $server =~ ^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$ && $server == *.* ]] ||
    fail "--server: \"$server\" is not a host name like chat.example.org"
}

check_relays() {
  [[ $relays =~ ^(none|default|wss://[A-Za-z0-9.:/_-]+(,wss://[A-Za-z0-9.:/_-]+)*)$ ]] ||
    fail "--relays: \"$relays\" is none of: none, default, wss://… URLs with commas between"
}

write_settings() {
  local relay_line=''
  [[ $relays = default ]] || relay_line=$(printf ',\n  "relays": "%s"' "$relays")
  put_text 0644 "$settings" <<TEXT
{
  "server": "$server",
  "bind": "127.0.0.1:6969",
  "data": "/var/lib/kez-chat"$relay_line
}
TEXT
}

choose_proxy() {
  [[ -n $proxy ]] && return
  if [[ -d $caddy_dir ]]; then
    proxy=caddy
  elif [[ -d $root/etc/nginx ]]; then
    proxy=nginx
  else proxy=none; fi
}

named_route() { sed "s/chat\\.example\\.org/$server/g" "$here/deploy/proxy/$1"; }

# Where a proxy does not take its new route, its files are as they were: else its next start would fail, and take other sites along.
keep_copies() {
  copies=$(mktemp -d)
  trap 'rm -rf "$copies"' EXIT
  local file
  for file in "$@"; do
    [[ ! -e $file ]] || cp -p "$file" "$copies/"
  done
}

put_back() {
  local file
  for file in "$@"; do
    rm -f "$file"
    [[ ! -e $copies/${file##*/} ]] || cp -p "$copies/${file##*/}" "$file"
  done
}

install_route() {
  local files
  case $proxy in
    caddy)
      files=("$caddy_dir/Caddyfile" "$caddy_dir/kez-chat.caddy")
      keep_copies "${files[@]}"
      named_route Caddyfile | put_text 0644 "$caddy_dir/kez-chat.caddy"
      touch "$caddy_dir/Caddyfile"
      grep -qxF 'import kez-chat.caddy' "$caddy_dir/Caddyfile" ||
        printf '\nimport kez-chat.caddy\n' >>"$caddy_dir/Caddyfile"
      if ! on_machine caddy adapt --adapter caddyfile --config "$caddy_dir/Caddyfile" >/dev/null; then
        put_back "${files[@]}"
        fail "Caddy does not take the route; its files are as they were. Where its Caddyfile has $server already, take that out and run this again"
      fi
      on_machine systemctl reload-or-restart caddy
      ;;
    nginx)
      if [[ ! -e $root/etc/letsencrypt/live/$server/fullchain.pem ]]; then
        say "nginx has no route yet, as there is no certificate for $server. Get one, then run this again:"
        say "  certbot certonly --webroot -w /var/www/html -d $server --deploy-hook 'systemctl reload nginx'"
        return
      fi
      keep_copies "$nginx_route"
      named_route nginx.conf | put_text 0644 "$nginx_route"
      if ! on_machine nginx -t -q; then
        put_back "$nginx_route"
        fail 'nginx does not take the route; its files are as they were, and it was not reloaded'
      fi
      on_machine systemctl reload-or-restart nginx
      ;;
    none) say "No proxy was set up; deploy/proxy has what Caddy and nginx need." ;;
  esac
}

remove_route() {
  local had=''
  if [[ -e $caddy_dir/kez-chat.caddy ]]; then
    rm -f "$caddy_dir/kez-chat.caddy"
    # With the blank line that stands before it.
    sed -i -e '/^$/{N;/^\nimport kez-chat\.caddy$/d;}' -e '/^import kez-chat\.caddy$/d' "$caddy_dir/Caddyfile"
    had=caddy
  fi
  if [[ -e $nginx_route ]]; then
    rm -f "$nginx_route"
    had=nginx
  fi
  [[ -z $had ]] || on_machine systemctl reload-or-restart "$had"
}

install_all() {
  [[ -f $source_file ]] ||
    fail "there is no executable $source_file; build it with \`deno task compile\`, or name it with --executable"
  if [[ -e $settings ]]; then
    keep_settings
  else
    ask_server
    check_server
    ask_relays
    check_relays
  fi
  check_server
  getent passwd "$user" >/dev/null 2>&1 || on_machine useradd --system --user-group --home-dir \
    /var/lib/kez-chat --no-create-home --shell /usr/sbin/nologin "$user"
  make_folder 0755 root "$settings_dir"
  make_folder 0700 "$user" "$data"
  make_folder 0700 "$user" "$backups"
  [[ -e $settings ]] || write_settings
  put 0755 "$source_file" "$executable"
  local unit
  for unit in "${unit_names[@]}"; do put 0644 "$here/deploy/systemd/$unit" "$units/$unit"; done
  on_machine systemctl daemon-reload
  on_machine systemctl enable --quiet kez-chat.service kez-chat-backup.timer
  local verb=start
  [[ -z $changed ]] || verb=restart
  on_machine systemctl "$verb" kez-chat.service || fail 'it does not start; journalctl -u kez-chat tells why'
  put 0644 "$here/docs/operations.md" "$documents/operations.md"
  on_machine systemctl start kez-chat-backup.timer
  on_machine "$executable" health --config "$settings"
  choose_proxy
  install_route
  cat <<TEXT

kez-chat is installed for $server.
  app       https://$server/, once its name leads here and the proxy runs
  settings  /etc/kez-chat/kez-chat.json, then: systemctl restart kez-chat
  data      /var/lib/kez-chat
  backups   /var/backups/kez-chat, every night; copy them to another machine
  log       journalctl -u kez-chat; the first start left an invite for one person in it
TEXT
}

uninstall_all() {
  on_machine systemctl disable --now --quiet kez-chat.service kez-chat-backup.timer || true
  local unit
  for unit in "${unit_names[@]}"; do rm -f "$units/$unit"; done
  on_machine systemctl daemon-reload
  remove_route
  rm -f "$executable" "$executable.previous" "$executable.next"
  rm -rf "$documents"
  if [[ -z $purge ]]; then
    say "kez-chat is gone. Settings ($settings_dir), data ($data) and backups ($backups) stay; --uninstall --purge removes them."
    return
  fi
  if [[ -t 0 ]]; then
    local answer
    read -rp "Remove all messages, accounts and backups of this server for ever? Type yes: " answer
    [[ $answer = yes ]] || fail 'nothing more was removed'
  fi
  rm -rf "$settings_dir" "$data" "$backups"
  ! getent passwd "$user" >/dev/null 2>&1 || on_machine userdel "$user"
  say 'kez-chat is gone, with everything that it kept.'
}

if [[ -n $uninstall ]]; then uninstall_all; else install_all; fi
