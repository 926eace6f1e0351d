"""Validates a mail/send body against SendGrid's documentation: reports all faults at once, each with its field.

The texts follow SendGrid's "Mail Send Errors" page; the limits come from the account (strict or lenient)."""

from collections.abc import Container
from typing import Any

import orjson

from sandbox.account import Account
from sandbox.api.personalization_validation import (
    Faults,
    are_texts,
    check_headers,
    check_keys,
    check_personalizations,
    check_send_at,
    is_address,
    is_filled,
)

MESSAGE_KEYS = {"personalizations", "from", "subject", "content", "reply_to", "reply_to_list", "attachments", "template_id"}
MESSAGE_KEYS |= {"headers", "categories", "custom_args", "send_at", "batch_id", "asm", "ip_pool_name"}
MESSAGE_KEYS |= {"mail_settings", "tracking_settings"}
MAIL_SWITCHES = {f"bypass_{what}_management" for what in ("list", "spam", "bounce", "unsubscribe")} | {"footer", "sandbox_mode"}
TRACKING_SWITCHES = {"click_tracking", "open_tracking", "subscription_tracking", "ganalytics"}


def examine(mail: Any, account: Account, now: float, batches: Container[str]) -> list[dict[str, Any]]:
    """The errors of a parsed body, in SendGrid's format; an empty list if it would be accepted."""
    faults = Faults()
    if not isinstance(mail, dict):
        faults.add("Bad Request")
        return faults.found
    check_keys(mail, MESSAGE_KEYS, "", faults)
    _check_from(mail.get("from"), faults)
    check_personalizations(mail, account, now, faults)
    _check_content(mail, faults)
    _check_reply_to(mail, faults)
    check_headers(mail.get("headers", {}), "headers", faults)
    _check_categories(mail.get("categories", []), faults)
    check_send_at(mail.get("send_at"), now, "send_at", faults)
    faults.require(not mail.get("attachments"), "Attachments are not supported by this sandbox.", "attachments")
    _check_account_objects(mail, batches, faults)
    _check_switches(mail, "mail_settings", MAIL_SWITCHES, faults)
    _check_switches(mail, "tracking_settings", TRACKING_SWITCHES, faults)
    return faults.found


def _check_from(sender: Any, faults: Faults) -> None:
    if not isinstance(sender, dict) or "email" not in sender:
        faults.add(
            "The from object must be provided for every email send. It is an object that requires the email parameter, "
            'but may also contain a name parameter.  e.g. {"email" : "example@example.com"}',
            "from.email",
        )
        return
    sound = is_address(sender["email"]) and sender["email"].isascii()
    faults.require(sound, "The from email does not contain a valid address.", "from.email")
    faults.require(isinstance(sender.get("name", ""), str), "The from name must be a string.", "from.name")


def _check_content(mail: dict[str, Any], faults: Faults) -> None:
    template, content = mail.get("template_id"), mail.get("content")
    if template is not None:
        faults.add("Templates are not supported by this sandbox; send content instead.", "template_id")
    if content is None:
        text = "Unless a valid template_id is provided, the content parameter is required. There must be at least one "
        faults.require(template is not None, f"{text}defined content block.", "content")
        return
    if not isinstance(content, list) or not content:
        faults.add("The content parameter must be an array of at least one content block.", "content")
        return
    for index, block in enumerate(content):
        where = f"content.{index}"
        if faults.require(isinstance(block, dict), "Each content block must be an object with type and value.", where):
            for name in ("type", "value"):
                text = f"The content {name} must be a string at least one character in length."
                faults.require(is_filled(block.get(name)), text, f"{where}.{name}")
    kinds = [str(block.get("type")) for block in content if isinstance(block, dict)]
    ranks = [{"text/plain": 0, "text/html": 1}.get(kind, 2) for kind in kinds]
    text = "If present, text/plain must be first, followed by text/html, followed by any other type."
    faults.require(ranks == sorted(ranks), text, "content")


def _check_reply_to(mail: dict[str, Any], faults: Faults) -> None:
    if "reply_to" in mail and "reply_to_list" in mail:
        faults.add("Only one of reply_to and reply_to_list may be given.", "reply_to")
    listed = mail.get("reply_to_list", [])
    if not isinstance(listed, list) or len(listed) > 1000:
        faults.add("The reply_to_list must be an array of at most 1000 objects.", "reply_to_list")
        return
    fields = [("reply_to", mail["reply_to"])] if "reply_to" in mail else []
    fields += [(f"reply_to_list.{index}", address) for index, address in enumerate(listed)]
    for where, address in fields:
        sound = isinstance(address, dict) and is_address(address.get("email"))
        faults.require(sound, "The reply_to email does not contain a valid address.", f"{where}.email")


def _check_categories(categories: Any, faults: Faults) -> None:
    if isinstance(categories, str):
        categories = [categories]
    if not faults.require(isinstance(categories, list), "The categories parameter must be an array of strings.", "categories"):
        return
    text = f"You have a limit of 10 categories per message. You attempted {len(categories)}."
    faults.require(len(categories) <= 10, text, "categories")
    for index, category in enumerate(categories):
        where = f"categories.{index}"
        if not isinstance(category, str):
            faults.add("Each category must be a string.", where)
        elif len(category) > 255:
            faults.add("Each category may not exceed 255 characters.", where)
        elif not category.isascii():
            faults.add("Categories may only contain ASCII characters.", where)
    texts = [category for category in categories if isinstance(category, str)]
    faults.require(len(set(texts)) == len(texts), "The categories must be unique.", "categories")


def _check_account_objects(mail: dict[str, Any], batches: Container[str], faults: Faults) -> None:
    """Check what must exist in the account, which has no unsubscribe groups and no pools."""
    if "asm" in mail:
        faults.add("The asm group id must be the id of an existing group.", "asm.group_id")
    if mail.get("ip_pool_name") is not None:
        faults.add("The ip_pool_name must be the name of an existing pool, 2 to 64 characters.", "ip_pool_name")
    if "batch_id" in mail and mail["batch_id"] not in batches:
        faults.add("The batch_id must be a valid batch id; create one first.", "batch_id")
    sound = are_texts(mail.get("custom_args", {}))
    faults.require(sound, "The custom_args must be an object whose values are strings.", "custom_args")


def _check_switches(mail: dict[str, Any], name: str, known: set[str], faults: Faults) -> None:
    settings = mail.get(name, {})
    if not faults.require(isinstance(settings, dict), f"The {name} parameter must be an object.", name):
        return
    check_keys(settings, known, name, faults)
    for key, setting in settings.items():
        where = f"{name}.{key}"
        if key in known and faults.require(isinstance(setting, dict), f"The {key} setting must be an object.", where):
            for part in ("enable", "enable_text"):
                sound = isinstance(setting.get(part, False), bool)
                faults.require(sound, f"The {part} parameter must be a boolean.", f"{where}.{part}")
    bypasses = [key for key in settings if key.startswith("bypass_") and _is_on(settings[key])]
    if "bypass_list_management" in bypasses and len(bypasses) > 1:
        faults.add("bypass_list_management cannot be combined with other bypass filters.", name)


def _is_on(setting: Any) -> bool:
    return isinstance(setting, dict) and setting.get("enable") is True


def parse(body: bytes) -> Any:
    """Parse a body as JSON. Raises ValueError with the text of SendGrid's answer."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        try:
            body.decode()
        except UnicodeDecodeError:
            raise ValueError("Invalid UTF8 in request") from error
        raise ValueError("Bad Request") from error
