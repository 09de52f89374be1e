"""Writes the schemas of all events."""

from contracts.schemas import FOLDER, generate

if __name__ == "__main__":
    generate()
    print(f"schemas of events are in {FOLDER}")
