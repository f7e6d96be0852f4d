#pragma once

#include <stdint.h>

/// Opens a new pseudo-terminal: returns its master, and gives the descriptor of the terminal itself. -1 with errno if the
/// kernel has none. Both are closed when a program is started.
int terminal_open(int *terminal);

/// Sets the size of the window, and tells the programs in the terminal.
int terminal_resize(int master, uint16_t columns, uint16_t rows);

/// The columns that a character takes, by the C library's tables for UTF-8; -1 for control characters.
int terminal_width(uint32_t scalar);
