// Reading: how commands find cassettes, open them and put into words what stands in them.
#ifndef REPRISE_CLI_READING_H_
#define REPRISE_CLI_READING_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/file_system.h"
#include "reprise/cassette.h"
#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise::cli {

enum class FileKind {
  kCassette,    // NAME.reprise, NAME.reprise.jsonl
  kIncomplete,  // the same with .incomplete: a recorder is writing it, or was killed
  kPending,     // the same with .new: recorded again, not yet accepted
};

// By its name; kCassette for names that follow no pattern.
FileKind KindOf(std::string_view path);

// `given` are files, taken as they are, and folders, searched for cassettes of all kinds (hidden folders are passed
// over); none given: the working folder. Sorted within each folder. An error where a path does not exist.
Result<std::vector<std::string>> FindCassettes(const std::vector<std::string>& given);

// An open cassette. `-` is standard input, held in memory.
struct OpenCassette {
  std::string shown;  // the path for messages, not yet harmless
  base::FileDescriptor memory;
  std::unique_ptr<CassetteReader> reader;
};
Result<OpenCassette> Open(const std::string& path);
// Of bytes that are no file; `shown` names them in messages.
Result<OpenCassette> OpenBytes(std::string_view content, const std::string& shown);

// "zstd", "text", or "" when it cannot be read.
std::string ContainerOf(const std::string& path);
std::uint64_t SizeOf(const std::string& path);

// Words for a human; harmless.
std::string ModelText(const ModelIdentity& model);  // "gpt-4o > gpt-4o-2024-08-06"
std::string RulesText(const Rules& rules);          // "ignores /metadata; ...", "" when nothing is declared
std::string DamageText(const Damage& damage);       // "at byte 1204 (line 3): ..."

}  // namespace reprise::cli

#endif  // REPRISE_CLI_READING_H_
