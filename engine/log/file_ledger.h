// OpenFileLedger: the ledger as a journal file.
// Owner:   as Ledger: one writer
// Units:   the file is rewritten when it is past 1 MiB + 4 times what its state needs
// Errors:  of OpenFileLedger: kDataLoss: damaged before its end (file, line, what to do; nothing
// was
//          touched); kFailedPrecondition: in use by another process, or written by a newer version;
//          those of FileSystem. Of the others: kResourceExhausted: disk full, try again; kNotFound,
//          kAlreadyExists, kInvalidArgument: the caller's bug; any other: open it again
//
// THE FORMAT, VERSION 1. Text; each line is
//
//     <CRC32C of the JSON, 8 hexadecimal digits> <space> <one JSON object> <newline>
//
//     {"format":"hydrant-ledger","version":1}                                   first line
//     {"op":"state","watermark":W,"settled":[[B,E],…],"highest":H,"lost":N}     second line
//     {"op":"seal","id":…,"name":…,"partition":…,"positions":[[B,E],…],"records":N,"bytes":N,"oldest_us":T}
//         where it has them: "destination":N,"failures":[F,…],"attempts":N,"failing_since_us":T
//     {"op":"done","id":…}
//     {"op":"reduce","id":…,"left":[[B,E],…],"failures":[F,…]}
//     {"op":"elsewhere","id":…}
//     {"op":"reroute","id":…,"name":…,"destination":N}
//     {"op":"attempts","id":…,"attempts":N,"failing_since_us":T}
//     {"op":"fail","failures":[F,…]}
//     {"op":"settle","positions":[[B,E],…]}
//     {"op":"lose","positions":[[B,E],…]}
//
// where F is {"positions":[[B,E],…],"type":…,"code":…,"message":…,"attempts":N,"ended_us":T,
// "transformed":B,"details":[[NAME,VALUE],…]}; the second line may have "failed":[F,…] and
// "elsewhere":[[B,E],…]. Ledger.h says what an entry does.
// Positions are half-open [begin, end), times microseconds since 1970. The state is that after
// applying all lines in order. A "settle" with a "lost" above 0 is the "lose" of earlier versions. A crash can leave
// invalid lines at the end, never acknowledged: they are cut off and reported. When one of them has its
// newline it may be damage as well: a copy of the file is kept as `<path>.damaged`. An invalid line with
// a valid one behind it is damage. The file is made and rewritten as `<path>.tmp`, synced and renamed,
// so there is always a whole one, and one without its first two lines is damaged: it is renamed to
// `<path>.damaged`. `<path>.lock` keeps others out.
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
  // The first whole line of an end that was cut off, from 1; 0: none was.
  uint64_t cut_line = 0;
  std::string copy;  // of the file before that; empty: none could be made
};

// `sync`: Sync makes entries survive power loss; without it they survive kill -9 only. What was found
// is put into `found` unless that is null.
StatusOr<std::unique_ptr<Ledger>> OpenFileLedger(FileSystem& files, std::string path, bool sync,
                                                 FoundLedger* found = nullptr);

}  // namespace hydrant
