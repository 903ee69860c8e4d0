// Pending: what a test left to be accepted or rejected by a human. `X.new` waits beside X, or, where the source tree
// must not be written (CI), in a folder that mirrors it.
//
//   NAME.reprise.new, NAME.reprise.jsonl.new   a cassette, recorded again
//   NAME.txt.new, NAME.json.new                a golden; NAME.txt.key.new goes with it (lib/compare/golden.h)
#ifndef REPRISE_CLI_PENDING_H_
#define REPRISE_CLI_PENDING_H_

#include <string>
#include <string_view>
#include <vector>

#include "reprise/result.h"

namespace reprise::cli {

struct Pending {
  std::string path;    // of the pending file
  std::string target;  // what it replaces when accepted
  bool is_cassette = false;
};

// Does this name belong to a pending file of ours?
bool IsPendingName(std::string_view path);

// `given`: pending files, the files they would replace, and folders, searched to the bottom (hidden folders are passed
// over). An error where a path leads to nothing pending, so that a misspelled one is never silence; a folder with
// nothing pending in it is none. What a search of a folder meets that has the name of a golden's pending file, but lies
// below no folder of goldens and has no key beside it, is somebody else's: it goes to `strangers`.
Result<std::vector<Pending>> FindPending(const std::vector<std::string>& given,
                                         std::vector<std::string>* strangers = nullptr);
// What to tell of them.
std::string StrangersText(const std::vector<std::string>& strangers);

// The folder that mirrors are mirrors of, for whoever stands in `folder`: that of reprise.json, else that of .git, here
// or above; else `folder` itself. Absolute.
std::string ProjectRoot(const std::string& folder);

// The pending files of a mirror: DIR/tests/goldens/a.txt.new is for ROOT/tests/goldens/a.txt. With `only`, those that
// are, or are for, or lie below, one of these paths. A link on the way to a target is an error.
Result<std::vector<Pending>> FindPendingIn(const std::string& mirror, const std::string& root,
                                           const std::vector<std::string>& only);

// What accepting would do, in a few words ("2 exchanges kept, 1 new"), or the error that forbids it: a pending file
// that is damaged, or a target that is a folder, a link, or stands there in its other form.
Result<std::string> CheckPending(const Pending& pending);

// Puts the pending file in its target's place; a crash leaves one or the other, whole.
Status AcceptPending(const Pending& pending);
// Removes it; the target stays as it is.
Status RejectPending(const Pending& pending);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_PENDING_H_
