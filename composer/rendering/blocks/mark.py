"""Remarks for the editor: never shown to readers."""

from composer.issue.blocks.mark import EditorMark
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat


@block_wechat.register(EditorMark)
def _wechat(mark: EditorMark, writer: WechatWriter) -> str:
    return ""
