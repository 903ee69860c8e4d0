// GitSetup: what a repository needs so that its store holds the text of cassettes (FORMAT.md, section 13); the one list
// that `git install` writes and `git check` compares with.
#ifndef REPRISE_CLI_GIT_SETUP_H_
#define REPRISE_CLI_GIT_SETUP_H_

#include <string>
#include <utility>
#include <vector>

namespace reprise::cli {

inline const std::vector<std::string> kCassettePatterns = {"*.reprise", "*.reprise.jsonl"};
// What recorders leave beside cassettes, and what waits for `accept`.
inline const std::vector<std::string> kScratchPatterns = {"*.reprise*.incomplete", "*.reprise*.tmp", "*.reprise*.new"};

inline const std::vector<std::string> kAttributeLines = {
    "*.reprise        filter=reprise diff=reprise merge=reprise -text linguist-language=JSON",
    "*.reprise.jsonl  diff=reprise merge=reprise -text linguist-language=JSON",
};
inline const std::vector<std::string> kIgnoreLines = {"*.reprise*.incomplete", "*.reprise*.tmp", "*.reprise*.new",
                                                      "goldens/**/*.new"};

// Attribute and value that a cassette of this name must have.
std::vector<std::pair<std::string, std::string>> WantedAttributes(const std::string& path);

// Names and values of the local settings; `program` is the path of this program.
std::vector<std::pair<std::string, std::string>> WantedSettings(const std::string& program);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_GIT_SETUP_H_
