// OpenFileLedger: the ledger as a journal file.
// Owner:   as Ledger: one writer
// Units:   the file is rewritten when it is past 1 MiB + 4 times what its state needs
// Errors:  of OpenFileLedger: kFailedPrecondition: in use by another process, or written by a newer version
//          (nothing was touched); those of FileSystem. Of the others: kResourceExhausted: disk full, try
//          again; kNotFound, kAlreadyExists, kInvalidArgument: the caller's bug; any other: open it again
//
// THE FORMAT, VERSION 1. Text; each line is
//
//     <CRC32C of the JSON, 8 hexadecimal digits> <space> <one JSON object> <newline>
//
//     {"format":"hydrant-ledger","version":1}                                   first line
//     {"op":"state","watermark":W,"settled":[[B,E],…],"highest":H,"lost":N}     second line
//     {"op":"seal","id":…,"name":…,"partition":…,"positions":[[B,E],…],"records":N,"bytes":N,"oldest_us":T}
//         where it has them: "destination":N,"failures":[F,…],"attempts":N,"failing_since_us":T
//     {"op":"done","id":…,"held":N}
//     {"op":"reduce","id":…,"left":[[B,E],…],"failures":[F,…],"elsewhere":B,"held":N}
//     {"op":"elsewhere","id":…,"held":N}
//     {"op":"reroute","id":…,"name":…,"destination":N}
//     {"op":"attempts","id":…,"attempts":N,"failing_since_us":T}
//     {"op":"fail","failures":[F,…]}
//     {"op":"settle","positions":[[B,E],…]}
//     {"op":"lose","positions":[[B,E],…]}
//
// where F is {"positions":[[B,E],…],"type":…,"code":…,"message":…,"attempts":N,"ended_us":T,
// "transformed":B,"details":[[NAME,VALUE],…]}; the second line may have "failed":[F,…] and
// "elsewhere":[[B,E],…]. Ledger.h says what an entry does.
// Positions are half-open [begin, end), times microseconds since 1970; "held" is how many positions the
// chunk had before the entry. The state is that after applying all lines in order. A "settle" with a "lost"
// above 0 is the "lose" of earlier versions, which wrote no "held".
//
// The file is made and rewritten as `<path>.tmp`, synced and renamed, so there is always a whole one, and one
// without its first two lines is damaged: it is renamed to `<path>.damaged`. `<path>.lock` keeps others out.
// A crash can leave an incomplete line at the end: it is cut off.
//
// SKIPPED LINES. Entries are not synced one by one: power loss may leave any subset of the sectors written since
// the last sync, and a disk may damage any line. A line behind the first two that is invalid, or can't be applied
// since one before it is missing, is skipped; that is told, the file kept as `<path>.damaged` and rewritten.
// It makes duplicates, never loss: what is settled, in a chunk, failed or elsewhere after some lines were left
// out was so after all of them, or further on towards settled. Line by line, when it is missing:
//   seal       its records are still to be read (or failed, or elsewhere), and go out under another name;
//              what follows of the chunk is skipped.
//   done, elsewhere    the chunk is still open: it goes out again under its own name.
//   reduce     the chunk still has all its records. A later entry that settles or ends it would take those of
//              the failures with it: "held" shows that, and it is skipped.
//   fail       its records are still to be read.
//   reroute, attempts    the chunk goes to its earlier destination, or is tried for longer.
//   settle, lose    its records are still to be read (and found lost again).
// A seal or fail of records that an open chunk holds shows that the end of that chunk, or a reduce, is missing:
// the chunk is forgotten, and what else it held is to be read. Entries name positions, or a chunk
// by its id, so none can settle records that it did not settle when it was written.
#pragma once

#include "engine/io/file_system.h"
#include "engine/log/ledger.h"

#include <memory>
#include <string>
#include <string_view>

namespace hydrant {

// What was at a ledger's path. When it was not a whole one the ledger begins anew: whether that loses
// something, only the log beside it can tell.
struct FoundLedger {
  bool missing = false;
  std::string kept_as;  // where a damaged file is now; empty: it was not damaged
  // Lines that were skipped, and the first of them, counted from 1.
  uint64_t skipped_lines = 0;
  uint64_t first_skipped = 0;
  std::string copy;  // of the file with them; empty: none could be made
};

// `sync`: Sync makes entries survive power loss; without it they survive kill -9 only. What was found
// is put into `found` unless that is null.
StatusOr<std::unique_ptr<Ledger>> OpenFileLedger(FileSystem& files, std::string path, bool sync,
                                                 FoundLedger* found = nullptr);

}  // namespace hydrant
