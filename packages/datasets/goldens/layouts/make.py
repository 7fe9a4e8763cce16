"""Writes rows with pyarrow 26.0.1 and the zstd of Debian 12, as Python's libraries leave them on disks.

    python make.py

Each file holds the rows of rows.json.
"""

import json
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet

here = Path(__file__).parent
rows = json.loads((here / "rows.json").read_text())
table = pa.Table.from_pylist(rows)

# Several row groups, each codec, a dictionary or none, both versions of pages.
for codec in ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]:
    parquet.write_table(
        table,
        here / f"{codec}.parquet",
        compression=codec,
        row_group_size=2,
        use_dictionary=codec != "gzip",
        data_page_version="2.0" if codec == "zstd" else "1.0",
    )

# As the cache of `datasets` is: a stream of batches, plain.
with pa.ipc.new_stream(here / "stream.arrow", table.schema) as writer:
    for batch in table.to_batches(max_chunksize=2):
        writer.write_batch(batch)

# As pandas writes it: with an index, packed by LZ4; names of tasks as a dictionary.
tasks = table.set_column(
    table.schema.get_field_index("task"), "task", table["task"].dictionary_encode()
)
feather.write_feather(tasks, here / "lz4.feather", compression="lz4", chunksize=3)
feather.write_feather(tasks, here / "zstd.feather", compression="zstd")

lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
(here / "rows.jsonl.zst").unlink(missing_ok=True)
subprocess.run(["zstd", "-q", "-o", here / "rows.jsonl.zst"], input=lines.encode(), check=True)
