// Code as you may have it: a translator that asks a model over HTTP, and knows nothing of reprise. All it takes to be
// recorded and replayed is that its base URL can be given.
#ifndef REPRISE_EXAMPLES_TRANSLATOR_TRANSLATOR_H_
#define REPRISE_EXAMPLES_TRANSLATOR_TRANSLATOR_H_

#include <functional>
#include <string>

class Translator {
 public:
  // "https://api.openai.com/v1", or any server that speaks that format.
  Translator(std::string base_url, std::string key) : base_url_(std::move(base_url)), key_(std::move(key)) {}

  // "" when there was no answer.
  std::string ToFrench(const std::string& text) const;
  // The same as a stream: `on_words` gets the answer as it comes.
  std::string ToFrench(const std::string& text, const std::function<void(const std::string& words)>& on_words) const;

 private:
  const std::string base_url_, key_;
};

#endif  // REPRISE_EXAMPLES_TRANSLATOR_TRANSLATOR_H_
