"""Answers to the exercises of notebook 09, right and wrong, each in a cell of its own."""

import math

import torch


# %% 09.1 right
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    memory, found = empty, []
    for t in range(len(actions)):
        x = torch.zeros(num_actions + 2)
        if t == 0 or over[t - 1]:
            memory = empty
        else:
            x[actions[t - 1]] = 1
            x[-2] = rewards[t - 1]
            x[-1] = ended[t - 1]
        memory = cell(memory, x)
        found.append(memory)
    return torch.stack(found)


# %% 09.1 right
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    start = [True] + over[:-1].tolist()
    one_hot = torch.nn.functional.one_hot(actions, num_actions).float()
    told = torch.cat([one_hot, rewards[:, None], ended[:, None].float()], 1)
    late = torch.cat([torch.zeros(1, num_actions + 2), told[:-1]])
    late[torch.tensor(start)] = 0
    out = []
    for new, x in zip(start, late):
        h = empty if new else out[-1]
        out.append(cell(h, x))
    return torch.stack(out)


# %% 09.1 wrong: hidden state reset every episode
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    memory, found = empty, []
    for t in range(len(actions)):
        x = torch.zeros(num_actions + 2)
        if t == 0 or over[t - 1]:
            memory = empty
        else:
            x[actions[t - 1]] = 1
            x[-2] = rewards[t - 1]
            x[-1] = ended[t - 1]
        if t > 0 and ended[t - 1]:
            memory = torch.zeros_like(memory)
        memory = cell(memory, x)
        found.append(memory)
    return torch.stack(found)


# %% 09.1 wrong: hidden state not reset between trials
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    memory, found = empty, []
    for t in range(len(actions)):
        x = torch.zeros(num_actions + 2)
        if t == 0 or over[t - 1]:
            pass
        else:
            x[actions[t - 1]] = 1
            x[-2] = rewards[t - 1]
            x[-1] = ended[t - 1]
        memory = cell(memory, x)
        found.append(memory)
    return torch.stack(found)


# %% 09.1 wrong: previous reward not fed in
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    memory, found = empty, []
    for t in range(len(actions)):
        x = torch.zeros(num_actions + 2)
        if t == 0 or over[t - 1]:
            memory = empty
        else:
            x[actions[t - 1]] = 1
            x[-1] = ended[t - 1]
        memory = cell(memory, x)
        found.append(memory)
    return torch.stack(found)


# %% 09.1 wrong: previous termination not fed in
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    start = [True] + over[:-1].tolist()
    one_hot = torch.nn.functional.one_hot(actions, num_actions).float()
    told = torch.cat([one_hot, rewards[:, None], 0 * rewards[:, None]], 1)
    late = torch.cat([torch.zeros(1, num_actions + 2), told[:-1]])
    late[torch.tensor(start)] = 0
    out = []
    for new, x in zip(start, late):
        h = empty if new else out[-1]
        out.append(cell(h, x))
    return torch.stack(out)


# %% 09.1 wrong: previous action at t = 0 encoded as arm 0
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    memory, found = empty, []
    for t in range(len(actions)):
        x = torch.zeros(num_actions + 2)
        if t == 0 or over[t - 1]:
            memory, x[0] = empty, 1
        else:
            x[actions[t - 1]] = 1
            x[-2] = rewards[t - 1]
            x[-1] = ended[t - 1]
        memory = cell(memory, x)
        found.append(memory)
    return torch.stack(found)


# %% 09.1 wrong: the old trial's last step read in the new one
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    start = [True] + over[:-1].tolist()
    one_hot = torch.nn.functional.one_hot(actions, num_actions).float()
    told = torch.cat([one_hot, rewards[:, None], ended[:, None].float()], 1)
    late = torch.cat([torch.zeros(1, num_actions + 2), told[:-1]])
    out = []
    for new, x in zip(start, late):
        h = empty if new else out[-1]
        out.append(cell(h, x))
    return torch.stack(out)


# %% 09.1 wrong: hidden state reset at every step
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    start = [True] + over[:-1].tolist()
    one_hot = torch.nn.functional.one_hot(actions, num_actions).float()
    told = torch.cat([one_hot, rewards[:, None], ended[:, None].float()], 1)
    late = torch.cat([torch.zeros(1, num_actions + 2), told[:-1]])
    late[torch.tensor(start)] = 0
    out = []
    for new, x in zip(start, late):
        h = empty
        out.append(cell(h, x))
    return torch.stack(out)


# %% 09.1 wrong: the reward of the coming step
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    start = [True] + over[:-1].tolist()
    one_hot = torch.nn.functional.one_hot(actions, num_actions).float()
    told = torch.cat([one_hot, rewards[:, None], ended[:, None].float()], 1)
    told[:-1, -2] = rewards[1:]
    late = torch.cat([torch.zeros(1, num_actions + 2), told[:-1]])
    late[torch.tensor(start)] = 0
    out = []
    for new, x in zip(start, late):
        h = empty if new else out[-1]
        out.append(cell(h, x))
    return torch.stack(out)


# %% 09.2 right
def rewards_to_go(rewards, ended, over, gamma):
    R, after = torch.zeros_like(rewards), 0.0
    for t in reversed(range(len(rewards))):
        if over[t]:
            after = 0.0
        R[t] = after = rewards[t] + gamma * after
    return R


# %% 09.2 right
def rewards_to_go(rewards, ended, over, gamma):
    out = []
    for t in range(len(rewards)):
        end = t + over[t:].int().argmax().item() + 1
        weights = gamma ** torch.arange(end - t)
        out.append((weights * rewards[t:end]).sum())
    return torch.stack(out)


# %% 09.2 wrong: discount across the trial boundary
def rewards_to_go(rewards, ended, over, gamma):
    R = rewards.clone()
    for t in range(len(R) - 2, -1, -1):
        R[t] = R[t] + gamma * R[t + 1]
    return R


# %% 09.2 wrong: cut at an episode's end
def rewards_to_go(rewards, ended, over, gamma):
    R, after = torch.zeros_like(rewards), 0.0
    for t in reversed(range(len(rewards))):
        if ended[t] or over[t]:
            after = 0.0
        R[t] = after = rewards[t] + gamma * after
    return R


# %% 09.2 wrong: no discount
def rewards_to_go(rewards, ended, over, gamma):
    R, after = torch.zeros_like(rewards), 0.0
    for t in reversed(range(len(rewards))):
        if over[t]:
            after = 0.0
        R[t] = after = rewards[t] + after
    return R


# %% 09.2 wrong: rewards of the past
def rewards_to_go(rewards, ended, over, gamma):
    R, so_far = [], 0.0
    for r, last in zip(rewards, over):
        so_far = r + gamma * so_far
        R.append(so_far)
        so_far = 0.0 if last else so_far
    return torch.stack(R)


# %% 09.2 wrong: its own reward left out
def rewards_to_go(rewards, ended, over, gamma):
    out, after = [], 0.0
    for r, last in zip(rewards.flip(0), over.flip(0)):
        after = 0.0 if last else gamma * after
        out.insert(0, after)
        after = after + r.item()
    return torch.tensor(out)


# %% 09.2 wrong: discounted from the trial's start
def rewards_to_go(rewards, ended, over, gamma):
    first, out = 0, []
    for t in range(len(rewards)):
        end = t + over[t:].tolist().index(True) + 1
        out.append(sum(gamma ** (s - first) * rewards[s] for s in range(t, end)))
        first = t + 1 if over[t] else first
    return torch.stack(out)


# %% 09.3 right
def ucb1(successes, failures, c):
    pulls = successes + failures
    t = pulls.sum().item()
    best, best_score = 0, -1.0
    for arm, (s, T) in enumerate(zip(successes.tolist(), pulls.tolist())):
        if T == 0:
            return arm
        score = s / T + c * math.sqrt(2 * math.log(t) / T)
        if score > best_score:
            best, best_score = arm, score
    return best


# %% 09.3 right
def ucb1(successes, failures, c):
    pulls = successes + failures
    score = successes / pulls + c * (2 * pulls.sum().log() / pulls).sqrt()
    return torch.where(pulls == 0, torch.inf, score).argmax()


# %% 09.3 wrong: UCB1 that never explores an untried arm
def ucb1(successes, failures, c):
    pulls = successes + failures
    score = successes / pulls + c * (2 * pulls.sum().log() / pulls) ** 0.5
    return score.nan_to_num(0, posinf=0).argmax()


# %% 09.3 wrong: no bonus
def ucb1(successes, failures, c):
    pulls = successes + failures
    if 0 in pulls:
        return pulls.tolist().index(0)
    return (successes / pulls).argmax().item()


# %% 09.3 wrong: a bonus for what is known
def ucb1(successes, failures, c):
    pulls = successes + failures
    if 0 in pulls:
        return pulls.tolist().index(0)
    t = pulls.sum()
    return (successes / pulls + c * torch.sqrt(2 * torch.log(pulls) / t)).argmax()


# %% 09.3 wrong: a lower bound
def ucb1(successes, failures, c):
    pulls = successes + failures
    if 0 in pulls:
        return pulls.tolist().index(0)
    radius = c * torch.sqrt(2 * torch.log(pulls.sum()) / pulls)
    return torch.argmax(successes / pulls - radius)


# %% 09.3 wrong: never exploits
def ucb1(successes, failures, c):
    pulls = successes + failures
    return pulls.argmin()


# %% 09.3 wrong: regret and reward mixed up
def ucb1(successes, failures, c):
    pulls = successes + failures
    if 0 in pulls:
        return pulls.tolist().index(0)
    width = c * torch.sqrt(2 * torch.log(pulls.sum()) / pulls)
    return (successes / pulls + width).argmin()


# %% 09.4 right
def thompson(successes, failures, draw):
    guesses = [float(draw(s + 1, f + 1)) for s, f in zip(successes, failures)]
    return guesses.index(max(guesses))


# %% 09.4 right
def thompson(successes, failures, draw):
    alpha, beta = 1.0 + successes, 1.0 + failures
    x = draw(alpha, beta)
    return torch.topk(x, 1).indices


# %% 09.4 wrong: Thompson sampling that uses the posterior mean
def thompson(successes, failures, draw):
    return torch.argmax((successes + 1) / (successes + failures + 2))


# %% 09.4 wrong: the mean of many draws | says: more than one draw for each arm
def thompson(successes, failures, draw):
    draws = [draw(successes + 1, failures + 1) for _ in range(20)]
    return torch.stack(draws).mean(0).argmax()


# %% 09.4 wrong: a posterior without its prior
def thompson(successes, failures, draw):
    return draw(successes, failures).argmax()


# %% 09.4 wrong: successes and failures swapped | says: the worst arm preferred
def thompson(successes, failures, draw):
    return draw(failures + 1, successes + 1).argmax().item()


# %% 09.4 wrong: draws that ignore what was seen
def thompson(successes, failures, draw):
    ones = torch.ones(len(successes))
    return int(draw(ones, ones).argmax())


# %% 09.4 wrong: the lowest draw instead of the highest
def thompson(successes, failures, draw):
    guesses = [draw(s + 1, f + 1).item() for s, f in zip(successes, failures)]
    return guesses.index(min(guesses))


# %% 09.5 right
my_guess = 8

# %% 09.5 right
best, mean = 0.9, (0.9 + 0.1) / 2
my_guess = 100 * best - 100 * (0.8 * best + 0.2 * mean)

# %% 09.5 wrong: regret and reward mixed up
my_guess = 100 * (0.8 * 0.9 + 0.2 * (0.9 + 0.1) / 2)

# %% 09.5 wrong: ε-greedy that never exploits
my_guess = 100 * (0.9 - (0.9 + 0.1) / 2)

# %% 09.5 wrong: a random arm is never the best one
my_guess = 100 * 0.2 * (0.9 - 0.1)

# %% 09.5 wrong: ε-greedy that never explores
my_guess = 100 * 0.9 - 100 * 0.9

# %% 09.5 wrong: exploring and exploiting swapped
my_guess = 100 * 0.8 * 0.5 * 0.8


# %% 09.6 right
def policy_gradient(logits, actions, rewards):
    logits = logits.clone().requires_grad_()
    log_pi = torch.log_softmax(logits, dim=0)[actions]
    objective = ((rewards - rewards.mean()) * log_pi).mean()
    return torch.autograd.grad(objective, logits)[0]


# %% 09.6 right
def policy_gradient(logits, actions, rewards):
    pi = torch.softmax(logits, 0)
    total = torch.zeros(len(logits))
    for a, r in zip(actions, rewards):
        row = -pi.clone()
        row[a] += 1
        total += (r - rewards.mean()) * row
    return total / len(actions)


# %% 09.6 right
def policy_gradient(logits, actions, rewards):
    dist = torch.distributions.Categorical(logits=logits.clone().requires_grad_())
    surrogate = dist.log_prob(actions) * (rewards - rewards.mean())
    return torch.func.grad(
        lambda l: (
            torch.distributions.Categorical(logits=l, validate_args=False).log_prob(actions)
            * (rewards - rewards.mean())
        ).mean()
    )(logits)


# %% 09.6 wrong: no baseline
def policy_gradient(logits, actions, rewards):
    logits = logits.clone().requires_grad_()
    (logits.log_softmax(0)[actions] * rewards).mean().backward()
    return logits.grad


# %% 09.6 right
def policy_gradient(logits, actions, rewards):
    out = torch.zeros(len(logits))
    b = rewards.mean()
    for a, r in zip(actions, rewards):
        out[a] += r - b
    return out / len(rewards)


# %% 09.6 wrong: the gradient of π instead of log π
def policy_gradient(logits, actions, rewards):
    logits = logits.clone().requires_grad_()
    pi = logits.softmax(0)
    (pi[actions] * (rewards - rewards.mean())).mean().backward()
    return logits.grad


# %% 09.6 wrong: downhill
def policy_gradient(logits, actions, rewards):
    logits = logits.clone().requires_grad_()
    log_pi = torch.log_softmax(logits, dim=0)[actions]
    loss = -((rewards - rewards.mean()) * log_pi).mean()
    loss.backward()
    return logits.grad


# %% 09.6 wrong: a sum where a mean is meant
def policy_gradient(logits, actions, rewards):
    logits = logits.clone().requires_grad_()
    log_pi = torch.log_softmax(logits, dim=0)[actions]
    return torch.autograd.grad(((rewards - rewards.mean()) * log_pi).sum(), logits)[0]


# %% 09.6 wrong: each arm compared with itself | says: advantages that cancel
def policy_gradient(logits, actions, rewards):
    logits = logits.clone().requires_grad_()
    A = rewards.clone()
    for arm in (0, 1):
        A[actions == arm] -= rewards[actions == arm].mean()
    (A * logits.log_softmax(0)[actions]).mean().backward()
    return logits.grad


# %% 09.6 wrong: advantages divided by their spread
def policy_gradient(logits, actions, rewards):
    logits = logits.clone().requires_grad_()
    A = (rewards - rewards.mean()) / rewards.std()
    (A * logits.log_softmax(0)[actions]).mean().backward()
    return logits.grad


# %% 09.6 wrong: advantages that cancel
def policy_gradient(logits, actions, rewards):
    A = rewards - rewards.mean()
    slopes = torch.eye(2)[actions] - logits.softmax(0)
    return A.mean() * slopes.mean(0)


# %% 09.7 right
my_words = """
Inputs: the payment is the only information. Keep the state over episodes, since the world is
the same; clear it for a new world, where it would be false.
"""
my_ticks = "ace"


# %% 09.7 right
my_words = """
Without its own last action and the reward it could never find out which of the arms of this
bandit pays well. Inputs: the payment is the only information. Keep the state over episodes,
since the world is the same; clear it for a new world, where it would be false.
"""
my_ticks = "A C E"


# %% 09.7 wrong: previous reward not fed in
my_words = """
Without its own last action and the reward it could never find out which of the arms of this
bandit pays well. The reward is for the outer gradient alone; the agent need not see it.
"""
my_ticks = "ab"


# %% 09.7 wrong: hidden state reset every episode
my_words = """
Without its own last action and the reward it could never find out which of the arms of this
bandit pays well. The memory begins anew in every episode.
"""
my_ticks = "ad"


# %% 09.7 wrong: hidden state not reset between trials
my_words = """
Without its own last action and the reward it could never find out which of the arms of this
bandit pays well. The memory should never be emptied: experience always helps.
"""
my_ticks = "af"


# %% 09.7 wrong: a point that your words lack
my_words = """
Without its own last action and the reward it could never find out which of the arms of this
bandit pays well.
"""
my_ticks = "a"


# %% 09.1 wrong: the present step read
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    h, out = empty, []
    for t in range(len(actions)):
        x = torch.zeros(num_actions + 2)
        if t == 0 or over[t - 1]:
            h = empty
        x[actions[t]], x[-2], x[-1] = 1, rewards[t], ended[t]
        h = cell(h, x)
        out.append(h)
    return torch.stack(out)


# %% 09.1 wrong: hidden state reset one step early
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    h, out = empty, []
    for t in range(len(actions)):
        x = torch.zeros(num_actions + 2)
        if over[t]:
            h = empty
        if t > 0 and not over[t - 1]:
            x[actions[t - 1]], x[-2], x[-1] = 1, rewards[t - 1], ended[t - 1]
        h = cell(h, x)
        out.append(h)
    return torch.stack(out)


# %% 09.1 wrong: the trial's flag in the episode's place | says: previous termination not fed in
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    h, out = empty, []
    for t in range(len(actions)):
        x = torch.zeros(num_actions + 2)
        if t == 0 or over[t - 1]:
            h = empty
        else:
            x[actions[t - 1]], x[-2], x[-1] = 1, rewards[t - 1], over[t - 1]
        h = cell(h, x)
        out.append(h)
    return torch.stack(out)


# %% 09.1 wrong: inputs wiped at an episode's end
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    h, out = empty, []
    for t in range(len(actions)):
        x = torch.zeros(num_actions + 2)
        if t == 0 or over[t - 1]:
            h = empty
        elif not ended[t - 1]:
            x[actions[t - 1]], x[-2] = 1, rewards[t - 1]
        h = cell(h, x)
        out.append(h)
    return torch.stack(out)


# %% 09.1 wrong: previous action not fed in
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    h, out = empty, []
    for t in range(len(actions)):
        x = torch.zeros(num_actions + 2)
        if t == 0 or over[t - 1]:
            h = empty
        else:
            x[-2], x[-1] = rewards[t - 1], ended[t - 1]
        h = cell(h, x)
        out.append(h)
    return torch.stack(out)


# %% 09.2 right
def rewards_to_go(rewards, ended, over, gamma):
    total, out = 0.0, []
    for r, last in zip(rewards.tolist()[::-1], over.tolist()[::-1]):
        total = r if last else r + gamma * total
        out.append(total)
    return out[::-1]


# %% 09.2 wrong: cut one step too early
def rewards_to_go(rewards, ended, over, gamma):
    R = rewards.clone()
    for t in range(len(R) - 2, -1, -1):
        if not over[t + 1]:
            R[t] += gamma * R[t + 1] * (not over[t])
    return R


# %% 09.2 wrong: the trial's return for every step
def rewards_to_go(rewards, ended, over, gamma):
    R, begin = torch.zeros(len(rewards)), 0
    for t in range(len(rewards)):
        if over[t]:
            part = rewards[begin : t + 1]
            R[begin : t + 1] = (gamma ** torch.arange(len(part)) * part).sum()
            begin = t + 1
    return R


# %% 09.2 wrong: discount begun anew in each episode
def rewards_to_go(rewards, ended, over, gamma):
    R, after = torch.zeros(len(rewards)), 0.0
    for t in reversed(range(len(rewards))):
        weight = 0.0 if over[t] else (1.0 if ended[t] else gamma)
        after = rewards[t] + weight * after
        R[t] = after
    return R


# %% 09.2 wrong: discounted once too often
def rewards_to_go(rewards, ended, over, gamma):
    R, after = torch.zeros(len(rewards)), 0.0
    for t in reversed(range(len(rewards))):
        after = gamma * (rewards[t] + (0.0 if over[t] else after))
        R[t] = after
    return R


# %% 09.2 wrong: in reverse order
def rewards_to_go(rewards, ended, over, gamma):
    total, out = 0.0, []
    for r, last in zip(rewards.flip(0), over.flip(0)):
        total = r + gamma * total * (~last)
        out.append(total)
    return torch.stack(out)


# %% 09.3 wrong: an untried arm left to 0/0
def ucb1(successes, failures, c):
    n = successes + failures
    return int((successes / n + c * (2 * n.sum().log() / n).sqrt()).argmax())


# %% 09.3 wrong: another one of several untried arms
def ucb1(successes, failures, c):
    n = successes + failures
    for arm in reversed(range(len(n))):
        if n[arm] == 0:
            return arm
    return (successes / n + c * (2 * n.sum().log() / n).sqrt()).argmax()


# %% 09.3 wrong: arms counted from 1
def ucb1(successes, failures, c):
    n = successes + failures
    if 0 in n.tolist():
        return n.tolist().index(0) + 1
    return 1 + int((successes / n + c * (2 * n.sum().log() / n).sqrt()).argmax())


# %% 09.3 wrong: the 2 forgotten
def ucb1(successes, failures, c):
    n = successes + failures
    if (n == 0).any():
        return (n == 0).int().argmax()
    return (successes / n + c * (n.sum().log() / n).sqrt()).argmax()


# %% 09.3 wrong: c under the root
def ucb1(successes, failures, c):
    n = successes + failures
    if (n == 0).any():
        return (n == 0).int().argmax()
    return (successes / n + (2 * c * n.sum().log() / n).sqrt()).argmax()


# %% 09.3 wrong: the logarithm of the arm's own pulls
def ucb1(successes, failures, c):
    n = successes + failures
    if (n == 0).any():
        return (n == 0).int().argmax()
    return (successes / n + c * (2 * n.log() / n).sqrt()).argmax()


# %% 09.3 wrong: another logarithm
def ucb1(successes, failures, c):
    n = successes + failures
    if (n == 0).any():
        return (n == 0).int().argmax()
    return (successes / n + c * (2 * torch.log10(n.sum()) / n).sqrt()).argmax()


# %% 09.3 wrong: pseudo-counts
def ucb1(successes, failures, c):
    s, n = successes + 1, successes + failures + 2
    return (s / n + c * (2 * n.sum().log() / n).sqrt()).argmax()


# %% 09.3 wrong: successes divided by failures
def ucb1(successes, failures, c):
    n = successes + failures
    if (n == 0).any():
        return (n == 0).int().argmax()
    return (successes / failures + c * (2 * n.sum().log() / n).sqrt()).argmax()


# %% 09.3 wrong: the root forgotten
def ucb1(successes, failures, c):
    n = successes + failures
    if (n == 0).any():
        return (n == 0).int().argmax()
    return (successes / n + c * 2 * n.sum().log() / n).argmax()


# %% 09.4 wrong: another prior
def thompson(successes, failures, draw):
    return draw(successes + 0.5, failures + 0.5).argmax()


# %% 09.4 wrong: pulls in the place of failures
def thompson(successes, failures, draw):
    return draw(1 + successes, 1 + successes + failures).argmax()


# %% 09.4 wrong: a prior only where nothing was seen
def thompson(successes, failures, draw):
    return draw(torch.clamp(successes, 1), torch.clamp(failures, 1)).argmax()


# %% 09.4 wrong: chosen in proportion to the means
def thompson(successes, failures, draw):
    means = (1 + successes) / (2 + successes + failures)
    return torch.multinomial(means, 1)


# %% 09.4 wrong: one draw for all arms
def thompson(successes, failures, draw):
    p = float(draw(successes[0] + 1, failures[0] + 1))
    others = (1 + successes) / (2 + successes + failures)
    return int((others > p).int().argmax())


# %% 09.4 wrong: half of the prior
def thompson(successes, failures, draw):
    guesses = [float(draw(int(s) + 1, max(int(f), 0))) for s, f in zip(successes, failures)]
    return guesses.index(max(guesses))


# %% 09.5 wrong: pulls counted, not what they cost
my_guess = 100 * 0.2 / 2


# %% 09.5 wrong: compared with a reward in every pull
my_guess = 100 - 82


# %% 09.5 wrong: the bad arm taken to pay nothing
my_guess = 100 * 0.2 / 2 * 0.9


# %% 09.5 wrong: exploring pulls counted, not what they cost
my_guess = 0.2 * 100
