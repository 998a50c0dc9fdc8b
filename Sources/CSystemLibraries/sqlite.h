#pragma once
#include <sqlite3.h>

// A function with any number of arguments is none that Swift can call.
static inline int conure_sqlite3_count_memory(int on) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, on); }
