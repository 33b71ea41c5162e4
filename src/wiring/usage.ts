// What the command line says about itself: all commands in one page, and each with its words and flags.

const USAGE = `countersign: change infrastructure from Slack, with a second signature

  start [--tour]            everything in one process; without Slack tokens, with the playground
  bot                       only the half that speaks Slack (needs DATABASE_URL and REDIS_URL)
  worker                    only the half that runs plans (needs DATABASE_URL and REDIS_URL)
  migrate                   bring the database's schema up to date, and with --app-role the role to run under
  playground                only the local Slack workspace
  plan validate FILE...     check plans and playbooks: every mistake with its line and column
  plan explain FILE         what the approval card would show
  plan graph FILE           the order of the steps, as a tree or as Mermaid
  plan dry-run FILE         what each step would do; changes nothing
  plan checkpoints          states that were kept
  plan rollback RUN         writes the plan that takes a finished run back
  plan restore CHECKPOINT   writes the plan that puts a checkpoint back
  policy test FILE          a table of cases through the policy: who could approve what, and what would be refused
  run list                  runs that are under way
  run show RUN              how a run stands
  run logs RUN [STEP]       what it has written
  run pause|resume|cancel RUN
                            stop a run or let it go on, with Slack down
  passkey list              passkeys that approve, and whose they are
  passkey remove PASSKEY    takes a lost one away
  history                   plans and what became of them, newest first, whole or narrowed
  audit export              the audit log as NDJSON or CSV, whole or narrowed, signed with --sign
  audit receipt PLAN        who approved what hash when under which policy, and what ran
  audit view PLAN           draws again what each voter saw and compares it with the log
  audit verify [FILE]       check the hash chain of an export, or of the database
  audit retain              write old months to files, and take them off the log
  help [COMMAND]            this, or one command's words and flags

  --config FILE             instead of COUNTERSIGN_CONFIG or ./countersign.yml
  --port PORT               instead of PORT

Exit codes: 0 done, 1 failed, 2 bad usage or configuration.
`;

const PLAN_FILE = `FILE is a plan or a playbook, in YAML or JSON; - is standard input. Inputs of a playbook follow as key=value.
A file with = in its name is written ./a=b.yml.
`;

/** By command, its second word included where it has one. */
const USAGES: Readonly<Record<string, string>> = {
  plan: `countersign plan validate FILE... [key=value ...]
countersign plan explain FILE [key=value ...]
countersign plan graph FILE [--tree | --mermaid] [key=value ...]
countersign plan dry-run FILE [key=value ...]
countersign plan checkpoints
countersign plan rollback RUN > FILE
countersign plan restore CHECKPOINT > FILE

${PLAN_FILE}
  validate   checks any number of files and folders. A playbook whose inputs are not given is checked as far as
             can be told without them. Mistakes go to standard error as FILE:LINE:COLUMN; exit code 2 when there are any
  explain    risk, what the policies ask for (by whoever asks, and a freeze that is on), hash, and every step with
             what takes it back, stage by stage; who is in a group of Slack's is not asked
  graph      --tree, the default: box-drawing characters; --mermaid: for Markdown and Mermaid's editors
  dry-run    asks each operation for its preview with the credentials of this machine; exit code 1 when a step would
             fail. Only previews are asked for: nothing is changed, filed or recorded
  rollback   reads the states with the credentials of this machine and writes the plan as JSON; exit code 1 when the
             world has moved on, with what differs. It is filed in Slack, like any plan: rollback in the run's thread
  restore    the same for a checkpoint, from the state now to the state then; writes nothing when nothing differs
`,
  policy: `countersign policy test FILE [--json]

  test       FILE is a table of cases in YAML: a plan or a description of one, who asks, who is in which group, when,
             who votes, and what is expected of the policy. Each case goes through the functions that file and decide
             plans; nobody is asked, nothing is filed. One line for each, and under one that fails what differs and why
             --json: the same as JSON. Exit code 1 when a case fails, 2 for mistakes in FILE, told as FILE:LINE:COLUMN

The format, with an example: docs/policy.md
`,
  run: `countersign run list [--all] [--limit N]
countersign run show RUN
countersign run logs RUN [STEP]
countersign run pause RUN
countersign run resume RUN
countersign run cancel RUN

For an operator with Slack down. Reads and writes the database that DATABASE_URL names; every request is recorded as
system:command-line with the operating system's user. A worker hears of it within a second, wherever it runs.

  list       runs under way, newest first; --all: also those that ended; --limit: at most so many (20)
  show       how it stands, and what it waits for: with the words in Slack that answer it
  pause      what runs now is finished, then nothing new starts
  resume     a paused or held run goes on; a held one only when its checks hold now
  cancel     what runs now is stopped and nothing new starts; what was done stays

Approving, retrying, skipping, answering, rolling back and starting are decisions of people, in Slack.
`,
  history: `countersign history [FILTERS] [--limit N] [--before PLAN] [--json]

Plans and what became of them, newest first: what /ops history finds, from the database that DATABASE_URL names.

  --limit    at most so many (20)
  --before   goes on after this plan, the last of a page
  --json     all that is known of each, as one JSON array; where each was asked for is its permalink

Filters, each of which narrows: --plan ID, --run ID, --since and --until DATE or SPAN (2026-11-21, 7d), --person USER
(asked for it, edited or voted), --environment NAME, --operation NAME, --outcome OUTCOME (completed, failed, rejected),
--text WORDS (whole words of what was asked for, planned and said; "in a row", or, -without)
`,
  audit: `countersign audit export [--format ndjson|csv] [FILTERS] [--out FILE [--sign KEY]]
countersign audit receipt PLAN [--json]
countersign audit view PLAN [--person USER] [--drawn] [--json]
countersign audit verify [FILE [--public-key KEY] [--anchor TEAM/NUMBER/HASH]...] [--head TEAM/NUMBER/HASH] [--heads FILE]
countersign audit retain --keep MONTHS --out FOLDER

  export     the log on standard output, or in FILE. Only NDJSON without filters is a chain that can be verified
             --sign: KEY is an Ed25519 private key in PEM; the signature is written to FILE.sig
  receipt    one document, Markdown or --json, made from the plan's rows of the log alone, which stand at its end with
             their numbers and hashes; exit code 1 when a row does not fit its own hash
  view       draws what was shown with each vote and each opened page from the log and the stored version, and compares
             the hash with the recorded one; --drawn: also prints it; exit code 1 when one differs or can't be drawn
  verify     computes every hash anew, from FILE alone or from the database; exit code 1 when the chain does not hold
             --public-key: also that FILE is what the owner of the key signed, by FILE.sig
             --anchor: for a FILE that begins where older months were taken off, once for each workspace
  retain     writes each month older than MONTHS whole months (13mo) to FOLDER/audit-YYYY-MM.ndjson, verifies the file,
             takes the month off the log and prints its anchors. A month with events of a plan or run that is not over
             stays, and what is newer with it. Needs the role that owns the tables

Filters, each of which narrows: --plan ID, --run ID, --since and --until DATE or SPAN (2026-11-21, 7d), --person USER,
--kind KIND (vote.cast, vote.*), --environment NAME, --operation NAME, --outcome OUTCOME, --text TEXT (in the event)
`,
  passkey: `countersign passkey list
countersign passkey remove PASSKEY

Passkeys of approvers, where a policy says step_up: webauthn. Reads and writes the database that DATABASE_URL names.

  list       name, person, workspace, kind, when it was registered and last used
  remove     it approves nothing any more, which is recorded as system:command-line with the operating system's user;
             what it approved stands. The person registers a new one at their next approval
`,
  start: `countersign start [--tour] [--config FILE] [--port PORT]

Everything in one process. Without Slack tokens: with the playground, a local Slack in the browser.
  --tour     plays the whole main job in the playground and prints it
`,
  bot: `countersign bot [--config FILE] [--port PORT]

Only the half that speaks Slack. Needs DATABASE_URL and REDIS_URL.
`,
  worker: `countersign worker [--config FILE] [--port PORT]

Only the half that runs plans. Needs DATABASE_URL and REDIS_URL.
`,
  migrate: `countersign migrate [--app-role NAME] [--config FILE]

Brings the database's schema up to date and ends. Roles that were made before get their rights on what is new.
  --app-role   makes the role NAME, or corrects one that is there: it has the rights that the other commands need and
               can't change the audit log. Where the role that migrates may not do that, prints the SQL that does;
               exit code 1. DATABASE_URL of \`start\`, \`bot\` and \`worker\` then names NAME (docs/operations/database.md)
`,
  playground: `countersign playground [--config FILE] [--port PORT]

Only the local Slack workspace; prints the environment for a Countersign that talks to it.
`,
};

/** The usage of one command, or of all. */
export function usageOf(command: string | undefined): string {
  return USAGES[command ?? ""] ?? USAGE;
}
