// SupportBot: the code under test of this example. It answers customers through a chat model, remembers the
// conversation, and looks up orders when the model asks for it. It knows nothing of reprise, nor of HTTP.
#ifndef EXAMPLES_SUPPORT_BOT_SUPPORT_BOT_H_
#define EXAMPLES_SUPPORT_BOT_SUPPORT_BOT_H_

#include <functional>
#include <string>
#include <vector>

struct OrderLookup {
  std::string call_id;    // the model's name for this call
  std::string arguments;  // JSON text
};

// One turn of a conversation.
struct Turn {
  enum class Who { kSystem, kCustomer, kBot, kLookup };
  Who who;
  std::string text;
  std::vector<OrderLookup> lookups;  // of the bot: what it wants to know before it answers
  std::string call_id;               // of a lookup's result: which call it answers
};

class SupportBot {
 public:
  // Asks a chat model for the next turn. In production it is an HTTP client; in tests, reprise.
  using Model = std::function<Turn(const std::vector<Turn>& conversation)>;
  // Finds an order by the arguments the model gave; returns JSON text.
  using Orders = std::function<std::string(const std::string& arguments)>;

  explicit SupportBot(Model model, Orders orders = nullptr);

  // The answer to a customer's question, within the conversation so far.
  std::string Answer(const std::string& question);

 private:
  Model model_;
  Orders orders_;
  std::vector<Turn> conversation_;
};

#endif  // EXAMPLES_SUPPORT_BOT_SUPPORT_BOT_H_
