"""The stored pictures of a version of an issue, by the names that they have in its mails."""

from composer.images.picture_encoder import digest_in
from editorial.models import IssueVersion, Media


def by_name(version: IssueVersion) -> dict[str, Media]:
    """Return name -> picture. A picture is stored once, but several names of files may have it, here and in other issues."""
    stored = {digest_in(media.path): media for media in version.media.all()}
    return {name: stored[digest] for _, name in version.pictures if (digest := digest_in(name)) in stored}
