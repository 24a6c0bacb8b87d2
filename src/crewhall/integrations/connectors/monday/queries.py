"""What is asked of monday.com. Values are variables, always: pasted into the text, a quote in a name would break it."""

from __future__ import annotations

COMPLEXITY = "complexity { after reset_in_x_seconds }"
BOARD = "id name description board_kind items_count url workspace { name }"
ITEM = """
id name state created_at updated_at url group { title }
column_values {
  id type text value column { title }
  ... on MirrorValue { mirrored: display_value }
  ... on BoardRelationValue { related: display_value }
}
"""

WHO = f"query {{ {COMPLEXITY} me {{ id name email account {{ id name slug }} }} }}"
BOARDS = f"""
query ($limit: Int!, $page: Int!, $workspaces: [ID]) {{
  {COMPLEXITY}
  boards(limit: $limit, page: $page, workspace_ids: $workspaces, order_by: created_at) {{ {BOARD} }}
}}
"""
ONE_BOARD = f"""
query ($ids: [ID!]) {{
  {COMPLEXITY}
  boards(ids: $ids, state: all) {{ {BOARD} columns {{ id title type archived }} groups {{ id title archived deleted }} }}
}}
"""
ITEMS = f"""
query ($ids: [ID!], $limit: Int!) {{
  {COMPLEXITY}
  boards(ids: $ids) {{ items_page(limit: $limit) {{ cursor items {{ {ITEM} }} }} }}
}}
"""
MORE_ITEMS = f"""
query ($cursor: String!, $limit: Int!) {{
  {COMPLEXITY}
  next_items_page(cursor: $cursor, limit: $limit) {{ cursor items {{ {ITEM} }} }}
}}
"""
BOARD_OF_ITEM = f"query ($ids: [ID!]) {{ {COMPLEXITY} items(ids: $ids) {{ board {{ id }} }} }}"
CREATE_ITEM = f"""
mutation ($board: ID!, $name: String!, $group: String, $columns: JSON) {{
  create_item(board_id: $board, item_name: $name, group_id: $group, column_values: $columns) {{ {ITEM} }}
}}
"""
CHANGE_ITEM = f"""
mutation ($board: ID!, $item: ID!, $columns: JSON!) {{
  change_multiple_column_values(board_id: $board, item_id: $item, column_values: $columns) {{ {ITEM} }}
}}
"""
CREATE_UPDATE = "mutation ($item: ID!, $body: String!) { create_update(item_id: $item, body: $body) { id item_id created_at } }"
WORKSPACES = f"""
query ($limit: Int!, $page: Int!) {{
  {COMPLEXITY}
  workspaces(limit: $limit, page: $page) {{ id name kind description }}
}}
"""
