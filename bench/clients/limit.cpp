// The fastest client that can be: one thread, epoll, one prebuilt call a target, and nothing is made of the answers but their count.
//   limit IN_FLIGHT TIMEOUT < lines of HOST:PORT   prints how many answered
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <iostream>
#include <string>
#include <vector>

using Clock = std::chrono::steady_clock;

static const std::string BODY = "<methodCall><methodName>supervisor.getAllProcessInfo</methodName><params/></methodCall>";
static const std::string CALL = "POST /RPC2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/xml\r\nContent-Length: " +
                                std::to_string(BODY.size()) + "\r\n\r\n" + BODY;

struct Target {
  sockaddr_in address{};
  int descriptor = -1;
  bool sent = false;
  long received = 0, wanted = -1;
  std::string head;
};

struct Due {
  Clock::time_point at;
  size_t target;
};

int main(int, char** argv) {
  const size_t most = std::strtoul(argv[1], nullptr, 10);
  const auto timeout = std::chrono::milliseconds(long(std::strtod(argv[2], nullptr) * 1000));
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  std::vector<Target> targets;
  for (std::string line; std::getline(std::cin, line);) {
    const auto colon = line.find(':');
    Target target;
    target.address.sin_family = AF_INET;
    target.address.sin_port = htons(std::stoi(line.substr(colon + 1)));
    inet_pton(AF_INET, line.substr(0, colon).c_str(), &target.address.sin_addr);
    targets.push_back(target);
  }

  const int poll = epoll_create1(0);
  std::deque<Due> dues;
  size_t next = 0, open = 0, answered = 0;
  std::vector<epoll_event> events(1024);
  std::vector<char> buffer(1 << 16);

  auto end = [&](Target& target, bool whole) {
    close(target.descriptor);
    target.descriptor = -1;
    open--;
    answered += whole;
  };
  auto begin = [&](size_t n) {
    Target& target = targets[n];
    target.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    open++;
    connect(target.descriptor, reinterpret_cast<sockaddr*>(&target.address), sizeof target.address);
    epoll_event event{};
    event.events = EPOLLOUT;
    event.data.u64 = n;
    epoll_ctl(poll, EPOLL_CTL_ADD, target.descriptor, &event);
    dues.push_back({Clock::now() + timeout, n});
  };
  auto advance = [&](size_t n) {
    Target& target = targets[n];
    if (target.descriptor < 0) return;
    if (!target.sent) {
      if (send(target.descriptor, CALL.data(), CALL.size(), MSG_NOSIGNAL) < 0) return end(target, false);
      target.sent = true;
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = n;
      epoll_ctl(poll, EPOLL_CTL_MOD, target.descriptor, &event);
      return;
    }
    const ssize_t got = recv(target.descriptor, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return end(target, false);
    target.received += got;
    if (target.wanted < 0) {
      target.head.append(buffer.data(), got);
      const auto body = target.head.find("\r\n\r\n");
      const auto length = target.head.find("Content-Length: ");
      if (body == std::string::npos) return;
      target.wanted = long(body) + 4 + std::atol(target.head.c_str() + length + 16);
      target.head.clear();
      target.head.shrink_to_fit();
    }
    if (target.received >= target.wanted) end(target, true);
  };

  while (next < targets.size() || open > 0) {
    while (next < targets.size() && open < most) begin(next++);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(dues.front().at - Clock::now()).count();
    const int ready = epoll_wait(poll, events.data(), int(events.size()), int(std::max(0L, long(left) + 1)));
    for (int i = 0; i < ready; i++) advance(events[i].data.u64);
    while (!dues.empty() && (targets[dues.front().target].descriptor < 0 || dues.front().at <= Clock::now())) {
      Target& target = targets[dues.front().target];
      if (target.descriptor >= 0) end(target, false);
      dues.pop_front();
    }
  }
  std::printf("%zu\n", answered);
}
