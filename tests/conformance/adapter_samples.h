// A sample of each format: what its servers really send, shortened.
#ifndef REPRISE_TESTS_CONFORMANCE_ADAPTER_SAMPLES_H_
#define REPRISE_TESTS_CONFORMANCE_ADAPTER_SAMPLES_H_

#include <string>
#include <utility>
#include <vector>

#include "reprise/exchange.h"

namespace reprise::format {

// What a format brings to the suite: examples as its servers send them.
struct AdapterSample {
  std::string adapter;  // its name
  std::string base_url;
  // Of the suite's chat, in the neutral words; one of them is a number that another value may replace.
  std::vector<std::pair<std::string, std::string>> parameters;
  // One reply, whole and streamed. It has some text and, where the format has them, a tool call.
  std::string whole, streamed;
  std::string text;  // what it says
  std::string reasoning = "Swiss?", finish;
  Usage usage;
  bool tells_logprobs = true;  // "Grü" at -0.25, with "Hi" at -2.5 beside it
  bool calls_tools = true;
  // What stands in the next request where the reply is a turn of it: its text and call with all that the provider wants
  // back; and, where another provider's reply is that turn, its text and call alone.
  std::string goes_back, goes_back_plain;
  std::string failure;  // body of an error reply
  std::string failure_message;

  // What its server makes anew at every run, among others.
  std::vector<std::string> volatile_fields;

  // More replies, each whole and streamed.
  struct Twin {
    std::string what, whole, streamed;
  };
  std::vector<Twin> twins;
  // Streams (or replies) that are odd, and what they say all the same.
  struct Odd {
    std::string what, body, text, error;
    int status = 200;
  };
  std::vector<Odd> odd;
  // Pieces that a stream may hold between its own without saying anything: unknown events, comments, idle ones. Each
  // ends as the format's pieces end.
  std::vector<std::string> idle;
};

AdapterSample OpenAiChatSample();
AdapterSample AnthropicMessagesSample();
AdapterSample GeminiGenerateSample();
AdapterSample OllamaChatSample();
AdapterSample OllamaGenerateSample();

}  // namespace reprise::format

#endif  // REPRISE_TESTS_CONFORMANCE_ADAPTER_SAMPLES_H_
