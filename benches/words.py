"""Counting words: string splitting, dicts, sorting by a key."""

TEXT = "the quick brown fox jumps over the lazy dog while the other dog sleeps in the warm brown sun "


def run(rounds=60):
    counts = {}
    for n in range(rounds):
        for word in (TEXT * 10).split():
            key = word if n & 1 else word.upper()
            counts[key] = counts.get(key, 0) + len(word)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ",".join(f"{word}:{n}" for word, n in ordered)


if __name__ == "__main__":
    print(run())
