// Slack's date tokens, "{date_short_pretty} at {time}", put into words in a given time zone.

/**
 * @typedef {object} DateOptions
 * @property {string | undefined} [timeZone] The reader's, when absent the machine's.
 * @property {number} nowMs
 * @property {string | undefined} [locale]
 */

/** @type {Readonly<Record<string, Intl.DateTimeFormatOptions>>} */
const styles = {
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  date_long_full: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  date_slash: { year: "numeric", month: "2-digit", day: "2-digit" },
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
};

const dayMs = 86_400_000;

/**
 * Replaces each token of the format. Unknown tokens stay as written.
 * @param {number} timestamp Seconds since the epoch.
 * @param {string} format
 * @param {DateOptions} options
 * @returns {string}
 */
export function formatSlackDate(timestamp, format, options) {
  return format.replace(
    /\{(\w+)\}/g,
    (whole, token) => formatToken(timestamp, token, options) ?? whole,
  );
}

/**
 * @param {number} timestamp
 * @param {string} token
 * @param {DateOptions} options
 * @returns {string | undefined}
 */
function formatToken(timestamp, token, options) {
  const at = new Date(timestamp * 1000);
  if (token === "date_num") return isoDay(at, options);
  if (token === "ago") return describeAgo(at.getTime() - options.nowMs);
  if (token === "day_divider_pretty") return formatToken(timestamp, "date_pretty", options);
  const plain = token.replace(/_pretty$/, "");
  const style = styles[plain];
  if (style === undefined) return undefined;
  const near = plain === token ? undefined : nearDay(at, options);
  return near ?? intl(style, options).format(at);
}

/**
 * @param {Intl.DateTimeFormatOptions} style
 * @param {DateOptions} options
 */
function intl(style, { timeZone, locale = "en-GB" }) {
  return new Intl.DateTimeFormat(locale, timeZone === undefined ? style : { ...style, timeZone });
}

/**
 * @param {Date} at
 * @param {DateOptions} options
 */
function isoDay(at, options) {
  return intl(
    { year: "numeric", month: "2-digit", day: "2-digit" },
    { ...options, locale: "sv-SE" },
  ).format(at);
}

/**
 * @param {Date} at
 * @param {DateOptions} options
 * @returns {string | undefined}
 */
function nearDay(at, options) {
  const day = isoDay(at, options);
  if (day === isoDay(new Date(options.nowMs), options)) return "today";
  if (day === isoDay(new Date(options.nowMs - dayMs), options)) return "yesterday";
  if (day === isoDay(new Date(options.nowMs + dayMs), options)) return "tomorrow";
  return undefined;
}

/**
 * @param {number} differenceMs
 * @returns {string}
 */
function describeAgo(differenceMs) {
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  const [amount, unit] =
    seconds < 60
      ? [seconds, "second"]
      : seconds < 3600
        ? [Math.round(seconds / 60), "minute"]
        : seconds < 86_400
          ? [Math.round(seconds / 3600), "hour"]
          : [Math.round(seconds / 86_400), "day"];
  const words = `${amount} ${unit}${amount === 1 ? "" : "s"}`;
  return differenceMs > 0 ? `in ${words}` : `${words} ago`;
}
