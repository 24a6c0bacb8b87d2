"""Discord, as data. Channels, messages and members are for bots: a person's token opens none of them, whatever its scopes."""

from __future__ import annotations

from crewhall.integrations.kit import Key, Limit, Manifest, Means, OAuth

AGENT = "DiscordBot (https://github.com/crewhall/crewhall, 1)"
"""Discord refuses programs that do not call themselves so."""
BOT = ("bot",)
SEE_SEND_AND_READ_BACK = 1024 + 2048 + 65536

MANIFEST = Manifest(
    slug="discord",
    title="Discord",
    mark="Di",
    api="https://discord.com/api/v10/",
    variables=("DISCORD",),
    keys=(Key("bot_token", "Bot token", "Your app's page at discord.com/developers, Bot: Reset Token; then invite the bot to the server"),),
    oauth=OAuth(
        authorize="https://discord.com/oauth2/authorize",
        token="https://discord.com/api/oauth2/token",
        revoke="https://discord.com/api/oauth2/token/revoke",
        token_auth="basic",
        revoke_by="basic",
        pkce=False,  # Discord describes none
        scopes=("identify", "guilds", "guilds.members.read", "bot"),
        extra={"permissions": str(SEE_SEND_AND_READ_BACK)},
        headers={"user-agent": AGENT},
        kept={"guild_id": "guild.id"},
        own_key="bot_token",
    ),
    setup=(
        "At discord.com/developers make an application with a bot, add the redirect address below under OAuth2, switch on the intents "
        "Server Members and Message Content, and give Crewhall DISCORD_BOT_TOKEN as well: only a bot may read channels. Who connects "
        "chooses the one server that this connection is for."
    ),
    errors={
        **dict.fromkeys(("10003", "10004", "10007", "10008", "10013", "50001", "50007", "50013", "50035", "240000"), Means.REFUSED),
        **dict.fromkeys(("20028", "20016", "40062", "110000", "130000"), Means.BUSY),
        "50014": Means.RECONNECT,
    },
    words={
        "10003": "there is no such channel, or the bot does not see it: discord_list_guild_channels names those it sees",
        "10004": "there is no such server, or the bot is not in it: discord_list_guilds names those there are",
        "10007": "nobody with that id is in this server",
        "10008": "there is no such message",
        "10013": "there is no such user",
        "20028": "the channel takes no more messages for a while",
        "50001": "the bot is not in that server, may not see the channel, or lacks the intent Server Members",
        "50007": "this person takes no messages from the bot",
        "50013": "the bot has not the permission for that: give it to its role in the server",
        "50035": "a value is wrong: a message has 1 to 2,000 characters",
        "240000": "Discord's filter does not let this message through",
    },
    limit=Limit(remaining="x-ratelimit-remaining", reset="x-ratelimit-reset-after", reset_is="seconds", usual_wait=5),
)
