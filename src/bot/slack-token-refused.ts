// Why a start ends at once: waiting does not cure a wrong token. Apart, because the command line knows it without
// loading Slack's client.

/** The bot token is not one Slack knows. */
export class SlackTokenRefused extends Error {
  override readonly name = "SlackTokenRefused";
}
