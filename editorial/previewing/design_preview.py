"""The specimen mail in a theme and in colours that nobody has stored yet: the preview beside the colours in the settings."""

import threading
from collections import OrderedDict

from django.conf import settings

from composer.errors import ComposeError
from composer.images.picture_encoder import Picture
from composer.output_folder import with_example_values
from composer.pipeline import compose, encode_pictures
from composer.rendering.theme_model import Theme
from composer.themes.theme_loading import load_theme, theme_names
from composer.themes.theme_trial import FOLDER, specimens
from editorial.previewing import client_views

_MOST_KEPT = 16  # mails of 70 KB: each is asked for twice, in light and in dark mode
_kept: OrderedDict[tuple[str, str], str] = OrderedDict()  # (digest of the theme, language) -> HTML
_lock = threading.Lock()


def specimen_html(theme: Theme, language: str, view: str, pictures: str) -> str:
    """Returns the specimen in a view of `client_views`, in Chinese or English. Raises ComposeError.

    `pictures`: what the addresses of pictures begin with.
    """
    return client_views.render_view(_mail(theme, language), view, settings.MEDIA_URL, pictures)


def _mail(theme: Theme, language: str) -> str:
    english, *others = specimens()
    issue = next((issue for issue in others if issue.language.partition("-")[0] == language.partition("-")[0]), english)
    key = (theme.digest, issue.language)
    with _lock:
        html = _kept.get(key)
    if html is None:
        mail = compose(issue, folder=FOLDER, theme=theme, picture_url=lambda picture: f"{settings.MEDIA_URL}{picture.name}")
        html = with_example_values(mail)[0]
        with _lock:
            _kept[key] = html
            while len(_kept) > _MOST_KEPT:
                _kept.popitem(last=False)
    return html


def find_picture(name: str) -> Picture | None:
    """Returns a picture of the specimen, or a logo of a theme, by its name in the mail."""
    pictures = [picture for issue in specimens() for picture in encode_pictures(issue, FOLDER).values()]
    for theme in theme_names(settings.EMAIL_THEMES):
        try:
            pictures += load_theme(theme, settings.EMAIL_THEMES).pictures.values()
        except ComposeError:
            continue  # it has no preview either
    return next((picture for picture in pictures if picture.name == name), None)
