"""Reading the tokens of an outside Atlas.

Its tokens (HS256) say who their holder is under `id`, those of others under `user_id` or `sub`; they name neither issuer nor
audience nor an id of their own, so a single one cannot be revoked: it ends with its `exp`, or when the identity is unlinked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
from jwt.types import Options

from crewhall.kit.errors import NotSignedIn

ALGORITHM = "HS256"
CLAIMS = ("user_id", "id", "sub")
"""Where the user is looked for, in this order."""
LONGEST_SUBJECT = 255
_CHECKS: Options = {"require": ["exp"], "verify_sub": False, "verify_jti": False}  # a number is a good subject: Atlas counts its users


@dataclass(frozen=True, slots=True)
class Claim:
    """What a good token says: the user whom its issuer means, and when it ends."""

    subject: str
    expires_at: datetime


@dataclass(frozen=True)
class OutsideIssuer:
    """Somebody else who logs our people in.

    `name` is what identities are linked under, and what a token must say as `iss` if it says anything; `audience`, when there is
    one, is what it must say as `aud`. `organisation`, by name or id, is the only one that its tokens open; None: the hall's first.
    """

    name: str
    secret: str = field(repr=False)
    audience: str | None = None
    organisation: str | None = None

    def read(self, token: str) -> Claim | None:
        """What a token of this issuer says; None for one that it did not sign. Raises NotSignedIn for one that is not good."""
        try:
            claims = jwt.decode(token, self.secret, algorithms=[ALGORITHM], audience=self.audience, options=_CHECKS)
            expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        except jwt.ExpiredSignatureError as error:
            raise self._no_good("is over: log in there again") from error
        except (jwt.InvalidAudienceError, jwt.MissingRequiredClaimError, jwt.ImmatureSignatureError, jwt.InvalidIssuedAtError) as error:
            raise self._no_good(f"is not for us: {error}") from error
        except jwt.InvalidTokenError:
            return None
        except (ValueError, OverflowError, OSError, TypeError) as error:
            raise self._no_good("ends at no time that there is") from error
        if claims.get("iss") not in (None, self.name):  # not a set: what it says may be no word at all
            raise self._no_good("names another issuer")
        return Claim(self._subject(claims), expires_at)

    def _subject(self, claims: Mapping[str, Any]) -> str:
        said = next((claims[name] for name in CLAIMS if claims.get(name) is not None), None)
        if isinstance(said, bool) or not isinstance(said, int | str):
            raise self._no_good(f"does not say who you are: one of {', '.join(CLAIMS)} must be a number or a word")
        subject = str(said).strip()
        if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
            raise self._no_good("names a user by no word that can be kept")
        return subject

    def _no_good(self, reason: str) -> NotSignedIn:
        return NotSignedIn(f"This token of {self.name} {reason}", issuer=self.name)
