"""load → clean → split → index;  question → retrieve → compose → verify → Answer."""
