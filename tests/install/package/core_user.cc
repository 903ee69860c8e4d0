// Uses reprise::core as its header promises, through installed files only.
#include <reprise/matching.h>
#include <reprise/result.h>

#include <iostream>

int main() {
  reprise::Request request;
  request.endpoint = "openai";
  request.format = "openai.chat";
  request.method = "POST";
  request.url = "https://api.openai.com/v1/chat/completions";
  request.body = R"({"model":"tiny-1","seed":1})";
  const std::string key = reprise::KeyOf(request, 0, {});
  request.body = R"({"model":"tiny-1","seed":2})";
  const std::string other = reprise::KeyOf(request, 0, {});
  const auto rules = reprise::Rules::FromJson(R"({"ignore_bdy":["/seed"]})");
  if (key.size() != 64 || key == other || rules.ok()) {
    std::cerr << key << ' ' << other << ' ' << rules.status() << '\n';
    return 1;
  }
  std::cout << rules.status() << '\n';
}
