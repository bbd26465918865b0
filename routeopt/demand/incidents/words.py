"""Words of headers, by what the column below holds: English, Chinese, and those of other portals' languages."""

from __future__ import annotations

import functools
import re
import unicodedata

EXACT: dict[str, tuple[str, ...]] = {
    "lat": ("latitude", "lat", "纬度", "gpslat", "wd", "y"),
    "lon": ("longitude", "lon", "lng", "long", "经度", "gpslon", "jd", "x"),
    "time": (
        "startdate", "datestart", "starttime", "start", "occurred", "occurredat", "occurredon", "occurdate",
        "calldatetimelocal", "calldatetime", "datesingle", "incidentdatetime", "datetime", "timestamp",
        "time", "date", "incidentdate", "dateocc",
        "发生时间", "案发时间", "发案时间", "报警时间", "接警时间", "警情时间", "时间", "日期",
    ),
    "reported": (
        "datesingle", "reportdat", "reportdate", "reporteddate", "reportdatetime", "reported", "报警时间", "接警时间",
    ),
    "end": ("enddate", "dateend", "endtime", "end", "发案时间止", "结束时间"),
    "shift": ("shift", "班次"),
    "type": (
        "offense", "offence", "type", "calltype", "crimetype", "incidenttype", "category", "primarytype",
        "offensetype", "offensegroup", "crime", "finalcalltype", "initialcalltype", "nature", "textgeneralcode",
        "警情类别", "报警类别", "警情类型", "案件类别", "案件类型", "类别", "类型",
    ),
    "id": (
        "id", "uid", "ccn", "incidentid", "casenumber", "casenum", "incidentnumber",
        "警情编号", "接警编号", "接警单编号", "案件编号", "编号",
    ),
    "precision": ("geocodetype", "geocodeprecision", "geocodequality", "matchtype", "定位精度"),
    "origin": ("origin", "callsource", "calltypeorig", "initiatedby", "报警方式", "警情来源", "发现方式", "来源"),
}  # fmt: skip
"""Key → names of its column, without units, spaces and underscores, best first."""

OCCURRED = re.compile(
    r"\b(?:occ\w*|offen[sc]e|incident|crime|event|hechos?|ocorrencia|ocurr\w*|fato|faits?|tat\w*|begin\w*|began|starts?"
    r"|started|from|fr|committed|happen\w*|reato|delito|inicio|cmplnt fr|desde)\b|发生|案发|发案|事发|發生|発生|발생|起$|起始"
)
RECEIVED = re.compile(
    r"\b(?:calls?|dispatch\w*|receiv\w*|recvd|rcvd|cad|llamada|alarm\w*|entry|create[d]?)\b|接警|报警|接报|报案|警情|報案"
)
WHEN = re.compile(
    r"\b(?:\w*date|\w*time|\w*timestamp|when|dt|tm|dttm|dat|dte|fecha|hora|data|datum|zeit\w*|uhrzeit|heure|ora|orario|saat|czas|godzina|дата|время|tarih|moment|日時)\b"
    r"|时间|日期|時間|日時|일시|날짜|时刻|年月日"
)
REPORTED = re.compile(
    r"\b(?:report\w*|rptd?|rpt|notif\w*|regist\w*|comunica\w*|filed|denuncia)\b|上报|受理|登记|立案|录入"
)
ENDED = re.compile(r"\b(?:ends?|ended|to|until|last|fin|ende|bis|hasta|stop)\b|止|结束|终|截")
OTHERS_TIME = re.compile(
    r"\b(?:birth\w*|dob|nacimiento|born|updat\w*|modif\w*|edit\w*|clos\w*|clear\w*|dispos\w*|arriv\w*|arrest\w*"
    r"|on ?scene|en ?route|complet\w*|load\w*|extract\w*|publish\w*|refresh\w*|expir\w*|approv\w*|hired?|releas\w*|court"
    r"|status|audit|import\w*|export\w*|download\w*|sync\w*|posted|printed|response|duration|elapsed|delay)\b"
    r"|出生|更新|修改|到达|到场|出警|结案|处置|处警|反馈|签收|导出|审核|打印|派警|完成|回访"
)
"""Times of something else than the incident."""
HOUR = re.compile(r"\b(?:hours?|hr|hh|hora|heure|stunde|hod)\b|(?:小时|时段|时$|時$)")
MINUTE = re.compile(r"\b(?:minutes?|min|mm|minuto|mi)\b|分钟|分$")
YEAR = re.compile(r"\b(?:years?|yr|yyyy|ano|ao|anio|annee|jahr|rok|god)\b|年(?!月)")
MONTH = re.compile(r"\b(?:months?|mon|mes|mois|monat|mm)\b|月")
DAY = re.compile(r"\b(?:days?|dia|jour|tag|dd)\b|日(?!期|时)")
LAT = re.compile(r"\blat(?:s|dd|itud\w*|itudine|deg|itude dd)?\b|\bbreite\w*\b|\bszerokosc\b|纬|緯|위도")
LON = re.compile(
    r"\blon(?:g|gs|dd|gitud\w*|gitudine|deg)?\b|\blng\b|\blaenge\w*\b|\blange(?:ngrad)?\b|\bdlugosc\b|经度|經度|経度|경도|^经$"
)
NORTH = re.compile(
    r"\b(?:y|northing\w*|north|nord|y ?coord\w*|coord\w* ?y|point ?y|geo ?y|yblock|pos ?y|hochwert)\b|纵坐标|[xy]?坐标y|y坐标"
)
EAST = re.compile(
    r"\b(?:x|easting\w*|east|ost|est|x ?coord\w*|coord\w* ?x|point ?x|geo ?x|xblock|pos ?x|rechtswert)\b|横坐标|坐标x|x坐标"
)
TOGETHER = re.compile(
    r"\b(?:location|position|coord\w*|point|geom\w*|geo|gps|lat ?lon\w*|lat ?lng|lon ?lat|latitude longitude|geolocation"
    r"|wkt|shape|ubicacion|localizacao|standort|xy|shape wkt)\b|经纬|坐标|位置|定位|座標"
)
CATEGORY = re.compile(
    r"\b(?:offen[sc]e\w*|ofns|crimes?|crm|delitos?|delict\w*|delikt\w*|natureza|naturaleza|reato|nature|infraction\w*"
    r"|straftat\w*|call|incident|event|conducta|rubrica|tipo|modalidad|hecho|тип|вид|категория)\b|案件|警情|案由|案别|事件|违法|罪名|報案|报警|案類"
)
CLASS = re.compile(
    r"\b(?:types?|categor\w*|desc\w*|descr|group|class\w*|kind|tipo\w*|subtype|nature|natureza|delito|parent|name|title|art|тип|вид|категория)\b"
    r"|类|類|性质|性質|案由|案别|罪名"
)
NOT_CATEGORY = re.compile(
    r"\b(?:id|no|num\w*|number|key|status|locations?|loc|premis\w*|prem|place|area|district|precinct|weapon|method|sex"
    r"|gender|race|age|vict\w*|susp\w*|arrest\w*|outcome|resolution|dispos\w*|source|priority|street|address|block|beat"
    r"|against|geocode|unit|agency|department|dates?|times?|year|month|day|hour|start|end|boro\w*|neighbou?rhood|ward"
    r"|phone|person|caller|officer|comment\w*|narrative|remarks?|notes?|url|link|code|cd|objectid|shift|zip|city|lat"
    r"|lon\w*|event unique|division|report|local|delegacia|property|alcaldia|domestic|level|severity|x|y|first|last|second)\b"
    r"|地址|地点|地點|状态|结果|姓名|单位|来源|方式|编号|编码|代码|电话|时间|日期|等级|级别|年|月|人|内容|描述|摘要|简要|辖区|派出所|社区"
)
NUMBERED = re.compile(
    r"\b(?:case|incident|report|event|complaint|cmplnt|dr|cad|ccn|call|crime|offen[sc]e|rms|dc|boletim|bo|carpeta|folio|go"
    r"|unique|docket|blotter|file)\b.*\b(?:number|num|no|nr|id|key|nbr|numero)\b|\bnum bo\b|编号|案号|单号|編號|事件番号"
)
"""Numbers of incidents."""


@functools.lru_cache(maxsize=8192)
def words_of(name: str) -> str:
    """Return a header's words in lower case, without units, accents and signs.

    >>> words_of("OffenseStart_DateTime (24h)"), words_of("经度（°）")
    ('offense start date time', '经度')
    """
    text = unicodedata.normalize("NFKC", name)
    text = re.sub(r"[(\[][^()\[\]]*[)\]]", " ", text) if not text.lstrip().startswith(("(", "[")) else text
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = unicodedata.normalize("NFC", text).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", text).split())


ANY = (
    LAT,
    LON,
    WHEN,
    OCCURRED,
    RECEIVED,
    REPORTED,
    TOGETHER,
    CATEGORY,
    CLASS,
    NUMBERED,
    YEAR,
    MONTH,
    HOUR,
    EAST,
    NORTH,
)
KNOWN = frozenset(name for names in EXACT.values() for name in names)


@functools.lru_cache(maxsize=8192)
def role_words(name: str) -> bool:
    """Whether a header has a word of any column that is read; long texts have none."""
    words = words_of(name)
    if not words or len(words) > 40:
        return False
    return words.replace(" ", "") in KNOWN or any(pattern.search(words) for pattern in ANY)
