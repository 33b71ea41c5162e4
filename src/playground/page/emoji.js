// Emoji by the names Slack gives them: those an operations bot uses. Unknown names stay as they were written.

/** @type {Readonly<Record<string, string>>} */
const byName = {
  "+1": "👍",
  "-1": "👎",
  alarm_clock: "⏰",
  arrow_down: "⬇️",
  arrow_forward: "▶️",
  arrow_right: "➡️",
  arrow_up: "⬆️",
  arrows_counterclockwise: "🔄",
  ballot_box_with_check: "☑️",
  bar_chart: "📊",
  bell: "🔔",
  black_right_pointing_double_triangle_with_vertical_bar: "⏭️",
  bomb: "💣",
  boom: "💥",
  broken_heart: "💔",
  bug: "🐛",
  bulb: "💡",
  calendar: "📆",
  checkered_flag: "🏁",
  clipboard: "📋",
  clock1: "🕐",
  closed_lock_with_key: "🔐",
  construction: "🚧",
  double_vertical_bar: "⏸️",
  electric_plug: "🔌",
  exclamation: "❗",
  eyes: "👀",
  fast_forward: "⏩",
  file_folder: "📁",
  fire: "🔥",
  gear: "⚙️",
  ghost: "👻",
  green_circle: "🟢",
  grey_question: "❔",
  hammer_and_wrench: "🛠️",
  heavy_check_mark: "✔️",
  heavy_minus_sign: "➖",
  heavy_multiplication_x: "✖️",
  hourglass: "⌛",
  hourglass_flowing_sand: "⏳",
  information_source: "ℹ️",
  key: "🔑",
  large_blue_circle: "🔵",
  large_green_circle: "🟢",
  large_orange_circle: "🟠",
  large_red_square: "🟥",
  large_yellow_circle: "🟡",
  leftwards_arrow_with_hook: "↩️",
  link: "🔗",
  lock: "🔒",
  mag: "🔍",
  memo: "📝",
  no_entry: "⛔",
  no_entry_sign: "🚫",
  octagonal_sign: "🛑",
  ok: "🆗",
  orange_circle: "🟠",
  package: "📦",
  page_facing_up: "📄",
  pause_button: "⏸️",
  pencil2: "✏️",
  play_or_pause_button: "⏯️",
  question: "❓",
  raised_hand: "✋",
  red_circle: "🔴",
  repeat: "🔁",
  rewind: "⏪",
  robot_face: "🤖",
  rocket: "🚀",
  rotating_light: "🚨",
  scroll: "📜",
  shield: "🛡️",
  skull: "💀",
  sos: "🆘",
  sparkles: "✨",
  speech_balloon: "💬",
  stop_button: "⏹️",
  stop_sign: "🛑",
  stopwatch: "⏱️",
  tada: "🎉",
  test_tube: "🧪",
  thumbsdown: "👎",
  thumbsup: "👍",
  timer_clock: "⏲️",
  unlock: "🔓",
  warning: "⚠️",
  wastebasket: "🗑️",
  wave: "👋",
  white_check_mark: "✅",
  white_circle: "⚪",
  white_large_square: "⬜",
  wrench: "🔧",
  x: "❌",
  yellow_circle: "🟡",
  zap: "⚡",
  zzz: "💤",
};

/**
 * The emoji's character, or `:name:` when it is unknown.
 * @param {string} name
 * @returns {string}
 */
export function emojiNamed(name) {
  return (Object.hasOwn(byName, name) ? byName[name] : undefined) ?? `:${name}:`;
}

/**
 * The text with its known emoji names replaced.
 * @param {string} text
 * @returns {string}
 */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (_whole, name) => emojiNamed(name));
}
