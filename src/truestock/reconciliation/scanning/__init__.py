"""What a scanner or a camera reads: what it says, and which item, lot or bin of ours it means."""
