import {
  type CompletionTable,
  completionTable,
  type Offer,
  type ValueFlag,
} from "./completions.ts";

/** The shells that can be told what to complete. */
const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

const SCRIPTS: Record<Shell, (table: CompletionTable) => string> = { bash, zsh, fish };

/** The script that makes a shell complete kez-chat's commands, settings and their values. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell](completionTable());
}

/** A text in single quotes, as all three shells read it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const wordsOf = (offers: readonly Offer[]) => offers.map(({ word }) => word).join(" ");

/** `case` branches of bash and zsh for the value behind a flag, by what `complete` makes of its kind. */
function valueBranches(
  flags: readonly ValueFlag[],
  complete: (value: ValueFlag["value"]) => string,
): string {
  const byAction = Map.groupBy(flags, ({ value }) => complete(value));
  return [...byAction].map(([action, same]) =>
    `    ${same.map(({ flag }) => flag).join("|")}) ${action} ;;`
  ).join("\n");
}

function bash(table: CompletionTable): string {
  const words = [...table.words].map(([typed, offers]) =>
    `    ${quote(typed)}) offers=${quote(wordsOf(offers))} ;;`
  );
  const flags = [...table.flags].map(([typed, offers]) =>
    `      ${quote(typed)}*) offers+=${quote(` ${wordsOf(offers)}`)} ;;`
  );
  const file = 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return';
  words.push(...table.beforeFiles.map((typed) => `    ${quote(typed)}) ${file} ;;`));
  const complete = (value: ValueFlag["value"]) => {
    if (value === "any") return "return";
    if (value === "file") return file;
    if (value === "folder") {
      return 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$current")); return';
    }
    return `COMPREPLY=($(compgen -W ${quote(value.join(" "))} -- "$current")); return`;
  };
  return `# kez-chat for bash. Made by: kez-chat completions bash
_kez_chat() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local typed=() offers="" i
  COMPREPLY=()
  # --flag=value comes as three words.
  if [[ "$current" == "=" ]]; then current=""
  elif [[ "$previous" == "=" ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${table.bareFlags.join("|")}) ;;
      --*) ((i++)); [[ "\${COMP_WORDS[i]}" == "=" ]] && ((i++)) ;;
      *) typed+=("\${COMP_WORDS[i]}") ;;
    esac
  done
  case "$previous" in
${valueBranches(table.valueFlags, complete)}
  esac
  if [[ "$current" == -* ]]; then
    case "\${typed[0]}" in
      ${table.withoutSettings.join("|")}) ;;
      *) offers=${quote(wordsOf(table.settings))} ;;
    esac
    case "\${typed[*]}" in
${flags.join("\n")}
    esac
  else
    case "\${typed[*]}" in
${words.join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$offers" -- "$current"))
}
complete -F _kez_chat kez-chat
`;
}

function zsh(table: CompletionTable): string {
  const described = (offers: readonly Offer[]) =>
    offers.map(({ word, about }) => quote(`${word}:${about}`)).join(" ");
  const words = [...table.words].map(([typed, offers]) =>
    `    (${quote(typed)}) offers=(${described(offers)}) ;;`
  );
  const flags = [...table.flags].map(([typed, offers]) =>
    `      (${quote(typed)}*) offers+=(${described(offers)}) ;;`
  );
  words.push(...table.beforeFiles.map((typed) => `    (${quote(typed)}) _files; return ;;`));
  const complete = (value: ValueFlag["value"]) => {
    if (value === "any") return "return";
    if (value === "file") return "_files; return";
    if (value === "folder") return "_files -/; return";
    return `compadd ${value.join(" ")}; return`;
  };
  return `#compdef kez-chat
# kez-chat for zsh. Made by: kez-chat completions zsh
_kez_chat() {
  local -a typed offers
  local i flag=$words[CURRENT-1]
  # --flag=value is one word.
  if [[ $words[CURRENT] == --*=* ]]; then
    flag=\${words[CURRENT]%%=*}
    compset -P '*='
  fi
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      (${table.bareFlags.join("|")}|--*=*) ;;
      (--*) ((i++)) ;;
      (*) typed+=($words[i]) ;;
    esac
  done
  case $flag in
${valueBranches(table.valueFlags, complete).replaceAll(/^ {4}/gm, "    (")}
  esac
  if [[ $words[CURRENT] == -* ]]; then
    case $typed[1] in
      (${table.withoutSettings.join("|")}) ;;
      (*) offers=(${described(table.settings)}) ;;
    esac
    case "$typed" in
${flags.join("\n")}
    esac
    _describe -o flag offers
  else
    case "$typed" in
${words.join("\n")}
    esac
    _describe command offers
  fi
}
if [ "$funcstack[1]" = _kez_chat ]; then
  _kez_chat "$@"
else
  compdef _kez_chat kez-chat
fi
`;
}

function fish(table: CompletionTable): string {
  const line = (rest: string) => `complete -c kez-chat ${rest}`;
  const words = [...table.words].flatMap(([typed, offers]) =>
    offers.map(({ word, about }) =>
      line(`-n ${quote(`__kez_chat_typed ${quote(typed)}`)} -a ${word} -d ${quote(about)}`)
    )
  );
  const kinds = new Map(table.valueFlags.map(({ flag, value }) => [flag, value]));
  const flag = ({ word, about }: Offer, condition: string) => {
    const value = kinds.get(word);
    const taken = value === undefined
      ? ""
      : value === "file" || value === "folder"
      ? " -r -F"
      : value === "any"
      ? " -x"
      : ` -x -a ${quote(value.join(" "))}`;
    return line(`-n ${quote(condition)} -l ${word.slice(2)}${taken} -d ${quote(about)}`);
  };
  const hasSettings = `not __kez_chat_first ${table.withoutSettings.join(" ")}`;
  const own = [...table.flags].flatMap(([typed, offers]) =>
    offers.map((offer) => flag(offer, `__kez_chat_typed ${quote(typed)}`))
  );
  words.push(
    ...table.beforeFiles.map((typed) => line(`-n ${quote(`__kez_chat_typed ${quote(typed)}`)} -F`)),
  );
  return `# kez-chat for fish. Made by: kez-chat completions fish
function __kez_chat_words
    set -l is_value no
    for word in (commandline -opc)[2..-1]
        if test $is_value = yes
            set is_value no
            continue
        end
        switch $word
            case ${table.bareFlags.join(" ")} '--*=*'
            case '--*'
                set is_value yes
            case '*'
                echo $word
        end
    end
end
function __kez_chat_typed
    set -l typed (__kez_chat_words)
    test "$typed" = "$argv"
end
function __kez_chat_first
    set -l typed (__kez_chat_words)
    contains -- "$typed[1]" $argv
end
complete -c kez-chat -f
${[...words, ...table.settings.map((offer) => flag(offer, hasSettings)), ...own].join("\n")}
`;
}
