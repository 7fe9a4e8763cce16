"""Groups of near-duplicates by datasketch: near_duplicates.py TEXTS.json. Prints seconds and the number of rows that leave."""

import json
import sys
import time

from datasketch import MinHash, MinHashLSH

job = json.load(open(sys.argv[1]))
started = time.perf_counter()
lsh = MinHashLSH(threshold=job["threshold"], num_perm=job["permutations"])
leave = 0
for row, text in enumerate(job["texts"]):
    words = text.split(" ")
    signature = MinHash(num_perm=job["permutations"])
    signature.update_batch({" ".join(words[i : i + 5]).encode() for i in range(max(1, len(words) - 4))})
    leave += bool(lsh.query(signature))
    lsh.insert(row, signature)
print(json.dumps({"seconds": time.perf_counter() - started, "leave": leave}))
