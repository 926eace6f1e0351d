"""Makes the Chinese sample for the import, as offices in China write such documents: `python -m tests.samples.chinese_word`.

No title style, numbers that are typed, captions, sources and staff in the forms of Chinese newspapers.
"""

from tests.samples.make_documents import DOCUMENTS, small_picture
from tests.samples.word_file import WordFile

NAME = "sample-zh.docx"
CENTRED, RIGHT = '<w:jc w:val="center"/>', '<w:jc w:val="right"/>'
FIRST_LINE = "　　"  # the indent of a paragraph, typed
CONTENTS = ["省科协召开年度学术交流会", "青年工程师论坛在苏州举行", "智能水网：一个县的节水实践", "人物：海洋化学家林佩兰"]


def chinese_word() -> WordFile:
    file = WordFile()
    put_front(file)
    put_news(file)
    put_forum(file)
    put_practice(file)
    put_person(file)
    file.paragraph("责任编辑：周晓　　编辑：吴磊、李　华　　校　对：郑洁")
    file.paragraph("主编：李国强 执行编辑：王芳 美编：孙悦 翻译：赵一鸣")
    file.paragraph(
        "主办：江南科学技术协会　地址：杭州市西湖区科技路1号　邮编：310000　电话：0571-85000000　邮箱：news@example.org.cn"
    )
    file.paragraph("网址：www.example.org.cn")
    return file


def put_front(file: WordFile) -> None:
    file.paragraph("江南科技通讯", bold=True, size=52, extra=CENTRED)
    file.paragraph("2026年第11期（总第87期）　2026年11月30日", extra=CENTRED)
    file.paragraph("本期目录", bold=True)
    for number, entry in enumerate(CONTENTS, start=1):
        file.paragraph(f"{number}．{entry}")
    file.paragraph("各位读者：")
    file.paragraph(
        f"{FIRST_LINE}入冬以来，我省各级学会活动频繁。本期介绍年度学术交流会和青年工程师论坛，并走进一个县的智能水网。"
    )


def put_news(file: WordFile) -> None:
    file.paragraph("要闻", "heading 1")
    file.paragraph(CONTENTS[0], "heading 2")
    file.paragraph("一、会议概况")
    file.paragraph(f"{FIRST_LINE}11月18日，省科协在杭州召开年度学术交流会，来自42个省级学会的310名代表参加，共交流论文186篇。")
    file.picture(small_picture("luobing-congress.jpg", 120))
    file.paragraph("图1　年度学术交流会会场。新华社记者 王明 摄", extra=CENTRED)
    file.paragraph("二、主要成果")
    file.paragraph(f"{FIRST_LINE}会议通过了三项倡议。经费来源：各学会自筹与省财政补助，明年起执行。")
    file.table([[("分论坛", 1, ""), ("论文数", 1, "")], [("新材料", 1, ""), ("41", 1, "")], [("生命健康", 1, ""), ("52", 1, "")]])
    file.paragraph("（来源：科技日报、省科协网站）", extra=RIGHT)


def put_forum(file: WordFile) -> None:
    file.paragraph("学术交流", "heading 1")
    file.paragraph(CONTENTS[1], "heading 2")
    file.paragraph(f"{FIRST_LINE}论坛为期两天，主要议题有三个：")
    for item in ("（一）基础研究中的长期支持；", "（二）科研数据的开放与共享；", "（三）女性科研人员的职业发展。"):
        file.paragraph(item)
    file.picture(small_picture("digital-bridge.jpg", 120))
    file.paragraph("与会青年工程师合影（摄影：李强）", extra=CENTRED)
    file.paragraph(f"{FIRST_LINE}论坛网站：https://forum.example.org/2026 ，报名截止日期为2026年12月15日。（来源：人民网）")


def put_practice(file: WordFile) -> None:
    file.paragraph("典型案例", "heading 1")
    file.paragraph(CONTENTS[2], "heading 2")
    file.paragraph(
        f"{FIRST_LINE}三年前，县城供水管网的漏损率还在23%。如今，1200个传感器每五分钟上报一次压力数据，漏损率降到了8%。"
    )
    file.picture(small_picture("tropical-crops.jpg", 120))
    file.paragraph("管网改造于去年完成。")  # not a caption
    file.paragraph("“以前靠耳朵听，现在靠数据看。”老管网工人陈师傅说。", "quote")
    file.paragraph("（据新华社、科技日报报道）")


def put_person(file: WordFile) -> None:
    file.paragraph("科学人物", "heading 1")
    file.paragraph("林佩兰：把一滴海水看清楚", "heading 2")
    file.picture(small_picture("zhang-weiqing.jpg", 120))
    file.paragraph("林佩兰　海洋化学家，省海洋研究所研究员。（本人供图）")
    file.paragraph(f"{FIRST_LINE}林佩兰在实验室里工作了三十一年，她的团队建立了近海微量元素数据库。")
    file.paragraph("来源：江南日报；省海洋研究所")


if __name__ == "__main__":
    (DOCUMENTS / NAME).write_bytes(chinese_word().save())
