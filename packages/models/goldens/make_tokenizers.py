"""What the library tokenizers makes of texts, with small tokenizers of many styles.

    pip install tokenizers==0.23.3
    python packages/models/goldens/make_tokenizers.py [file] [count of random texts]

Writes tokenizers.json beside this file: for each style its tokenizer.json, and for each text the ids, the borders between
tokens (in code points), what the ids decode to, and where each token starts and ends (in code points, one after the other).
"""

import json
import random
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CORPUS = [
    "The quick brown fox jumps over the lazy dog. It's 42 o'clock, isn't it?",
    "Name a colour. Green is a colour; so are red, blue and white.",
    "A pear. An apple! Two pears, three apples... (and 17 plums)",
    "Die Straße führt über die Brücke nach Köln. Çà et là, déjà vu, naïve façade.",
    "日本語のテキスト と 中文文本 和 한국어 텍스트",
    "def add(a, b):\n    return a + b\n\n\tprint(add(1, 2))",
    "user\nHi there\nassistant\nHello! How can I help you today?\n",
] * 4
TEXTS = [
    "", " ", "  ", "a", " a", "a ", "A pear.", "The  quick\tbrown\nfox", "[user]\nHi</s>\n[assistant]\nA pear.</s>\n",
    "<s>Hi", "Hi<s>", "<s> Hi </s> there", "</s></s>", "it's IT'S it’s we'LL don't", "42 1234567 ٣٤ ½ Ⅷ ²", "Straße İstanbul ΣΑΣ ß ſ",
    "日本語 中文 한국어", "🙂👩‍👩‍👧 é e\u0301 ﬁ ａｂｃ", "x<unk>y", "a▁b ▁ c", "a\u00a0b\u2003c\u3000d\u200be\ufeff", "\n\n  \n x", "...!?--__++==<>", "<0x41>",
    "<tool> x <tool>x", "my<word>s <word> it<word>", "__proto__ constructor toString", "tab\tand\r\nreturn", "\x00\x01\x7f", "a" * 30, "zzz qqq ☃ ☃☃", "Name a\ncolour .",
]
ALPHABET = list("abcdeinorstuABCHT   \n\t.,!?'-_0123456789") + ["é", "ß", "e\u0301", "日", "語", "🙂", "<s>", "</s>", "<tool>", "<word>", "▁", "\u00a0", "☃", " the", " pear", "ing"]
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
DEEPSEEK = r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
ODD = r"[[:alpha:]&&[^aeiou]]+|(?<=\d)\h+|\w++|\p{Han}|(?i:THE)|[^\S\n]+$|\s"
SPECIAL = ["<unk>", "<s>", "</s>"]


def bpe(**options):
    affixes = {key: value for key, value in options.items() if key.startswith(("continuing", "end"))}
    return models.BPE(unk_token="<unk>", **options), trainers.BpeTrainer(vocab_size=260, special_tokens=SPECIAL, show_progress=False, **affixes)


def byte_bpe():
    return models.BPE(), trainers.BpeTrainer(
        vocab_size=400, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)


def unigram():
    return models.Unigram(), trainers.UnigramTrainer(vocab_size=220, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False)


def word_piece():
    return models.WordPiece(unk_token="<unk>"), trainers.WordPieceTrainer(vocab_size=200, special_tokens=SPECIAL, show_progress=False)


def word_level():
    return models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(vocab_size=120, special_tokens=SPECIAL, show_progress=False)


spm_decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
prepend = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
meta = {scheme: pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split) for scheme, split in [("first", False), ("always", True), ("never", True)]}
level = lambda **o: pre_tokenizers.ByteLevel(**o)
split = lambda pattern, behavior, **o: pre_tokenizers.Split(Regex(pattern), behavior, **o)
seq = lambda *all: pre_tokenizers.Sequence(list(all))

# name: model, normalizer, pre-tokenizer, decoder, train with another pre-tokenizer
STYLES = {
    "prepend": (bpe(fuse_unk=True), prepend, None, spm_decoder),
    "prepend-byte-fallback": (bpe(fuse_unk=True, byte_fallback=True), prepend, None, spm_decoder),
    "metaspace-first": (bpe(byte_fallback=True), None, meta["first"], spm_decoder),
    "metaspace-always": (bpe(), None, meta["always"], decoders.Metaspace()),
    "metaspace-never": (bpe(fuse_unk=True), None, meta["never"], decoders.Metaspace(prepend_scheme="never")),
    "unigram": (unigram(), normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()]), meta["always"], decoders.Metaspace()),
    "unigram-nmt": (unigram(), normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]), meta["first"], decoders.Metaspace(prepend_scheme="first")),
    "gpt2": (byte_bpe(), None, level(add_prefix_space=False), decoders.ByteLevel()),
    "gpt2-prefix": (byte_bpe(), None, level(add_prefix_space=True), decoders.ByteLevel()),
    "llama3": (byte_bpe(), None, seq(split(LLAMA3, "isolated"), level(add_prefix_space=False, use_regex=False)), decoders.ByteLevel()),
    "qwen2": (byte_bpe(), normalizers.NFC(), seq(split(LLAMA3.replace("{1,3}", ""), "isolated"), level(add_prefix_space=False, use_regex=False)), decoders.ByteLevel()),
    "deepseek": (byte_bpe(), None, seq(split(r"\p{N}{1,3}", "isolated"), split("[一-龥\u3040-ゟ゠-ヿ]+", "isolated"), split(DEEPSEEK, "isolated"), level(add_prefix_space=False, use_regex=False)), decoders.ByteLevel()),
    "digits": (byte_bpe(), None, seq(pre_tokenizers.Digits(individual_digits=True), level(add_prefix_space=False)), decoders.ByteLevel()),
    "digits-prefix": (byte_bpe(), None, seq(pre_tokenizers.Digits(), pre_tokenizers.Punctuation(), level(add_prefix_space=True)), decoders.ByteLevel()),
    "odd": (byte_bpe(), None, seq(split(ODD, "isolated"), level(add_prefix_space=False, use_regex=False)), decoders.ByteLevel()),
    "removed": (bpe(), None, split(r"\s+|[,;]", "removed"), decoders.Fuse()),
    "inverted": (bpe(), None, split(r"\w+|[^\w\s]+", "removed", invert=True), decoders.Fuse()),
    "with-previous": (bpe(), None, split(r"[\s.]", "merged_with_previous"), decoders.Fuse()),
    "with-next": (bpe(), None, split(r"[\s.]", "merged_with_next"), decoders.Fuse()),
    "contiguous": (bpe(), None, seq(split(r"[\s.]", "contiguous"), pre_tokenizers.Punctuation("merged_with_next")), decoders.Fuse()),
    "suffix": (bpe(end_of_word_suffix="</w>"), normalizers.Lowercase(), pre_tokenizers.Whitespace(), decoders.BPEDecoder()),
    "prefix": (bpe(continuing_subword_prefix="##"), normalizers.Strip(), pre_tokenizers.WhitespaceSplit(), decoders.WordPiece()),
    "bert": (word_piece(), normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer(), decoders.WordPiece(prefix="##")),
    "bert-cased": (word_piece(), normalizers.BertNormalizer(lowercase=False, strip_accents=True), pre_tokenizers.BertPreTokenizer(), decoders.WordPiece(prefix="##", cleanup=False)),
    "words": (word_level(), normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]), pre_tokenizers.Whitespace(), None),
    "letters": (word_level(), None, pre_tokenizers.FixedLength(3), decoders.Fuse()),
    "delimiter": (word_level(), normalizers.NFKD(), pre_tokenizers.CharDelimiterSplit("a"), None),
}


def make(name, model, normalizer, pre_tokenizer, decoder):
    model, trainer = model
    tokenizer = Tokenizer(model)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    elif name.startswith("prepend"):
        # As SentencePiece learns: words first, so that merges do not run over whole sentences.
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    tokenizer.train_from_iterator(CORPUS, trainer)
    if pre_tokenizer is None:
        data = json.loads(tokenizer.to_str())
        data["pre_tokenizer"] = None
        tokenizer = Tokenizer.from_str(json.dumps(data))
    if decoder is not None:
        tokenizer.decoder = decoder
    if "byte-fallback" in name or name == "metaspace-first":
        data = json.loads(tokenizer.to_str())
        start = max(data["model"]["vocab"].values()) + 1
        data["model"]["vocab"].update({f"<0x{byte:02X}>": start + byte for byte in range(256)})
        tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.add_special_tokens([AddedToken("<tool>", lstrip=True, rstrip=True)])
    tokenizer.add_tokens([AddedToken("<word>", single_word=True), AddedToken("Apple pie", normalized=True)])
    if name in ("gpt2", "unigram"):
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", tokenizer.token_to_id("<s>")), ("</s>", tokenizer.token_to_id("</s>"))])
    if name == "bert":
        tokenizer.post_processor = processors.BertProcessing(("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>")))
    if name == "gpt2-prefix":
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>")), add_prefix_space=True)
    return tokenizer


def borders(offsets):
    """Where a token begins after another one has ended, outside of characters that became several."""
    return sorted({start for (_, end), (start, _) in zip(offsets, offsets[1:]) if end <= start})


def main():
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("tokenizers.json")
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 12
    rng = random.Random(1)
    texts = TEXTS + ["".join(rng.choice(ALPHABET) for _ in range(rng.randint(1, 40))) for _ in range(count)]
    texts += ["an Apple pie, an apple pie, Apple pies"]
    out = {"texts": texts, "styles": []}
    for name, style in STYLES.items():
        tokenizer = make(name, *style)
        cases = []
        for text in texts:
            encoding = tokenizer.encode(text, add_special_tokens=True)
            plain = tokenizer.encode(text, add_special_tokens=False)
            cases.append([encoding.ids, borders(plain.offsets), tokenizer.decode(plain.ids, skip_special_tokens=True),
                          tokenizer.decode(plain.ids, skip_special_tokens=False), [place for pair in encoding.offsets for place in pair]])
        out["styles"].append({"name": name, "tokenizer": json.loads(tokenizer.to_str()), "cases": cases})
    path.write_text(json.dumps(out, ensure_ascii=True, separators=(",", ":")) + "\n")


main()
