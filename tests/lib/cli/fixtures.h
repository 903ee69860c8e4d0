// Cassettes for the program's tests, written by the real writer.
#ifndef REPRISE_TESTS_LIB_CLI_FIXTURES_H_
#define REPRISE_TESTS_LIB_CLI_FIXTURES_H_

#include <string>
#include <vector>

#include "reprise/cassette.h"

namespace reprise::cli {

// Rules that leave one place of the body out.
Rules Ignoring(const std::string& pointer);

// A whole chat exchange in the OpenAI format: asked gpt-4o-mini, answered gpt-4o-mini-2024-07-18.
Exchange Chat(const std::string& user, const std::string& answer, const Rules& rules = {});
// The same, streamed in one chunk a word.
Exchange StreamedChat(const std::string& user, const std::string& answer);
// One whose answer calls a tool.
Exchange ToolChat();
// Of an API that no adapter knows, with a body that is no text.
Exchange Opaque(const std::string& reply_body);

void WriteCassette(const std::string& path, const std::vector<Exchange>& exchanges,
                   CassetteWriter::Form form = CassetteWriter::Form::kZstd, const Rules& rules = {},
                   const std::string& session = "Chat.AsksTwice");

// A JSON string token.
std::string Quoted(const std::string& text);

}  // namespace reprise::cli

#endif  // REPRISE_TESTS_LIB_CLI_FIXTURES_H_
